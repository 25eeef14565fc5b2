import { GraftError } from '@graft/core';
import { type Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { type Config, defaults } from './config.js';
import type { Log } from './log.js';
import { StoreUnavailable } from './stores/store-unavailable.js';

const exitCodes: Readonly<Record<string, number>> = { usage: 2, recipe: 3, data: 4, model: 5, resource: 6 };

/** The flags that servers and workers share: stores, jobs and their limits. */
export function withSharedFlags(program: Command): Command {
  const { jobSeconds, jobMemoryMB, jobDiskMB } = defaults.limits;
  return program
    .exitOverride() // before there are subcommands, which inherit it
    .option('--data <dir>', 'directory of everything that is kept', defaults.data)
    .addOption(
      new Option('--database <url>', 'postgres://...; SQLite in the data directory, if left out').env(
        'GRAFT_DATABASE', // a password in it is nobody's business who lists processes
      ),
    )
    .addOption(
      new Option(
        '--bucket <url>',
        's3://BUCKET?endpoint=URL&region=NAME; files in the data directory, if left out',
      ).env('GRAFT_BUCKET'),
    )
    .option('--jobs <n>', 'jobs that run at once; 0: other processes work', wholeNumber, defaults.jobs)
    .option('--job-seconds <n>', 'a job that takes longer fails', oneOrMore, jobSeconds)
    .option('--job-memory-mb <n>', 'a job that takes more memory fails', oneOrMore, jobMemoryMB)
    .option('--job-disk-mb <n>', 'a job that takes more of the disk fails', oneOrMore, jobDiskMB)
    .option('--backend <name>', 'auto, tensorflow, wasm or cpu', defaults.backend)
    .option('--log-level <level>', 'debug, info, warn, error or silent', 'info');
}

interface SharedFlags extends Pick<Config, 'data' | 'jobs' | 'backend'> {
  readonly database?: string;
  readonly bucket?: string;
  readonly jobSeconds: number;
  readonly jobMemoryMb: number;
  readonly jobDiskMb: number;
}

/** @param options what commander made of `withSharedFlags` */
export function sharedConfig(options: Record<string, unknown>): Config {
  const { data, jobs, backend, database, bucket, jobSeconds, jobMemoryMb, jobDiskMb } =
    options as unknown as SharedFlags;
  return {
    ...defaults,
    data,
    jobs,
    backend,
    database: database || null,
    bucket: bucket || null,
    limits: { ...defaults.limits, jobSeconds, jobMemoryMB: jobMemoryMb, jobDiskMB: jobDiskMb },
  };
}

export function wholeNumber(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError('Expected a whole number.');
  return Number(text);
}

export function oneOrMore(text: string): number {
  const number = wholeNumber(text);
  if (number === 0) throw new InvalidArgumentError('Expected 1 or more.');
  return number;
}

/** Ends in order at the first signal, at once at the second. */
export function closeOnSignals(close: () => Promise<void>, log: Log): void {
  let closing = false;
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      if (closing) process.exit(signal === 'SIGINT' ? 130 : 143);
      closing = true;
      void close().then(
        () => process.exit(0),
        (error) => {
          log.fatal({ err: error }, 'could not end in order');
          process.exit(1);
        },
      );
    });
  }
}

/** Does what the command line says; what is wrong with it, or with the stores, ends the process with a message. */
export async function runProgram(program: Command): Promise<void> {
  try {
    await program.parseAsync();
  } catch (error) {
    if (error instanceof CommanderError) process.exit(error.exitCode === 0 ? 0 : 2);
    const { code, message, hint } = failure(error);
    process.stderr.write(`error: ${message} [${code}]\n${hint ? `${hint}\n` : ''}`);
    process.exit(exitCodes[code.slice(0, code.indexOf('/'))] ?? 1);
  }
}

function failure(error: unknown): Pick<GraftError, 'code' | 'message' | 'hint'> {
  if (error instanceof GraftError) return error;
  if (!(error instanceof StoreUnavailable)) throw error;
  return { code: 'resource/store-unavailable', message: error.message, hint: null };
}
