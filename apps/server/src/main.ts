#!/usr/bin/env node
import { GraftError } from '@graft/core';
import { Command, CommanderError, InvalidArgumentError } from 'commander';
import { type Config, defaults } from './config.js';
import { scopes } from './http/caller.js';
import { createLog } from './log.js';
import { makeKey } from './make-key.js';
import { serve } from './serve.js';
import { version } from './version.js';

const exitCodes: Readonly<Record<string, number>> = { usage: 2, recipe: 3, data: 4, model: 5, resource: 6 };

const program = new Command('graft-server')
  .description('Fine-tuning jobs and predictions over HTTP.')
  .version(version)
  .option('--port <n>', 'port; 0 takes any that is free', wholeNumber, defaults.port)
  .option('--host <address>', 'address to listen at; others than loopback need a key', defaults.host)
  .option('--data <dir>', 'directory of everything that is kept', defaults.data)
  .option('--database <url>', 'postgres://...; SQLite in the data directory, if left out')
  .option('--bucket <url>', 's3://BUCKET?endpoint=URL&region=NAME; files in the data directory, if left out')
  .option(
    '--allow-host <name>',
    'another name by which clients call this server; may be repeated',
    collect,
    [],
  )
  .option('--allow-origin <origin>', 'an origin whose pages may call; may be repeated', collect, [])
  .option('--jobs <n>', 'jobs that run at once; 0: other processes work', wholeNumber, defaults.jobs)
  .option('--backend <name>', 'auto, tensorflow, wasm or cpu', defaults.backend)
  .option('--log-level <level>', 'debug, info, warn, error or silent', 'info')
  .exitOverride()
  .action(async (options) => {
    const log = createLog(options.logLevel);
    const server = await serve(configOf(options), log);
    let closing = false;
    for (const signal of ['SIGINT', 'SIGTERM'] as const) {
      process.on(signal, () => {
        if (closing) process.exit(signal === 'SIGINT' ? 130 : 143);
        closing = true;
        void server.close().then(() => process.exit(0));
      });
    }
  });

program
  .command('key')
  .description('Makes an API key and prints it once. The server need not run.')
  .requiredOption('--name <name>', 'what it is for')
  .option('--tenant <tenant>', 'whose things it opens', 'default')
  .option('--scopes <list>', `of ${scopes.join(', ')}`, (text) => text.split(','), ['admin'])
  .action(async (options, command: Command) => {
    process.stdout.write(`${await makeKey(configOf(command.parent?.opts() ?? {}), options)}\n`);
  });

try {
  await program.parseAsync();
} catch (error) {
  if (error instanceof CommanderError) process.exit(error.exitCode === 0 ? 0 : 2);
  if (!(error instanceof GraftError)) throw error;
  process.stderr.write(`error: ${error.message} [${error.code}]\n${error.hint ? `${error.hint}\n` : ''}`);
  process.exit(exitCodes[error.family] ?? 1);
}

function configOf(options: Record<string, unknown>): Config {
  const { port, host, data, database, bucket, allowHost, allowOrigin, jobs, backend } = options;
  return {
    ...defaults,
    ...({ port, host, data, jobs, backend } as Pick<Config, 'port' | 'host' | 'data' | 'jobs' | 'backend'>),
    database: (database as string | undefined) ?? null,
    bucket: (bucket as string | undefined) ?? null,
    hosts: allowHost as string[],
    origins: allowOrigin as string[],
  };
}

function wholeNumber(text: string): number {
  if (!/^\d{1,5}$/.test(text)) throw new InvalidArgumentError('Expected a whole number.');
  return Number(text);
}

function collect(value: string, before: readonly string[]): string[] {
  return [...before, value];
}
