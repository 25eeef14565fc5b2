#!/usr/bin/env node
import { Command } from 'commander';
import { backup } from './backup.js';
import { restore } from './backup-restore.js';
import { type Config, defaults, type PredictionSettings } from './config.js';
import {
  closeOnSignals,
  oneOrMore,
  runProgram,
  sharedConfig,
  wholeNumber,
  withSharedFlags,
} from './flags.js';
import { operatorTenant, scopes } from './http/caller.js';
import { createLog } from './log.js';
import { makeKey } from './make-key.js';
import { serve } from './serve.js';
import { keepHeapSteady } from './steady-heap.js';
import { version } from './version.js';

keepHeapSteady();

const MB = 2 ** 20;

const program = withSharedFlags(
  new Command('graft-server').description('Fine-tuning jobs and predictions over HTTP.').version(version),
)
  .option('--port <n>', 'port; 0 takes any that is free', wholeNumber, defaults.port)
  .option('--host <address>', 'address to listen at; others than loopback need a key', defaults.host)
  .option(
    '--allow-host <name>',
    'another name by which clients call this server; may be repeated',
    collect,
    [],
  )
  .option('--allow-origin <origin>', 'an origin whose pages may call; may be repeated', collect, [])
  .option(
    '--batch-ms <n>',
    'a prediction waits so long for others to share its batch; 0: none share',
    wholeNumber,
    defaults.predictions.batchMilliseconds,
  )
  .option('--batch-size <n>', 'predictions in a batch', oneOrMore, defaults.predictions.batchSize)
  .option(
    '--prediction-queue <n>',
    'predictions that wait or run; more are answered 503',
    oneOrMore,
    defaults.predictions.queue,
  )
  .option(
    '--warm-mb <n>',
    'weights of models that are kept loaded',
    wholeNumber,
    defaults.predictions.warmBytes / MB,
  )
  .option(
    '--inference-processes <n>',
    'processes that compute predictions, at most',
    oneOrMore,
    defaults.predictions.processes,
  )
  .option('--keep-jobs <days>', 'forgets jobs that ended so long ago; for ever, if left out', wholeNumber)
  .action(async (options) => {
    const log = createLog(options.logLevel);
    const server = await serve(configOf(options), log);
    closeOnSignals(() => server.close(), log);
  });

program
  .command('key')
  .description('Makes an API key and prints it once. The server need not run.')
  .requiredOption('--name <name>', 'what it is for')
  .option('--tenant <tenant>', 'whose things it opens', operatorTenant)
  .option('--scopes <list>', `of ${scopes.join(', ')}`, (text) => text.split(','), ['admin'])
  .action(async (options, command: Command) => {
    process.stdout.write(`${await makeKey(configOf(command.parent?.opts() ?? {}), options)}\n`);
  });

program
  .command('backup')
  .description('Copies a data directory as it is now, while its server runs.')
  .requiredOption('--out <path>', 'a new FILE.zip, or a new directory')
  .action(async ({ out }, command: Command) => {
    const { files } = await backup(dataOf(command), out);
    process.stdout.write(`${out}: ${files.length} files\n`);
  });

program
  .command('restore')
  .description('Makes a data directory of a backup.')
  .requiredOption('--from <path>', 'what backup wrote')
  .action(async ({ from }, command: Command) => {
    const { files, createdAt } = await restore(from, dataOf(command));
    process.stdout.write(`${dataOf(command)}: ${files.length} files of ${createdAt}\n`);
  });

await runProgram(program);

/** Subcommands take the options of the program too. */
function dataOf(command: Command): string {
  return configOf(command.parent?.opts() ?? {}).data;
}

function configOf(options: Record<string, unknown>): Config {
  const { port, host, allowHost, allowOrigin, keepJobs } = options;
  return {
    ...sharedConfig(options),
    ...({ port, host } as Pick<Config, 'port' | 'host'>),
    hosts: allowHost as string[],
    origins: allowOrigin as string[],
    predictions: predictionsOf(options as unknown as PredictionFlags),
    keepJobsDays: (keepJobs as number | undefined) ?? null,
  };
}

interface PredictionFlags {
  readonly batchMs: number;
  readonly batchSize: number;
  readonly predictionQueue: number;
  readonly warmMb: number;
  readonly inferenceProcesses: number;
}

function predictionsOf(options: PredictionFlags): PredictionSettings {
  const { batchMs, batchSize, predictionQueue, warmMb, inferenceProcesses } = options;
  return {
    batchMilliseconds: batchMs,
    batchSize,
    queue: predictionQueue,
    warmBytes: warmMb * MB,
    processes: inferenceProcesses,
  };
}

function collect(value: string, before: readonly string[]): string[] {
  return [...before, value];
}
