import { type ChildProcess, fork } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { setPriority } from 'node:os';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';

export interface ProcessOptions {
  readonly heapMB: number;
  readonly cwd: string;
  readonly onOutput: (line: string) => void;
  /** Lets everything else go first: those who wait for an answer, and the heartbeat of jobs. */
  readonly patient?: boolean;
}

/** 0 is usual, 19 the most patient. */
const patience = 10;

/**
 * Starts one of this package's own programs as a process of its own, with nothing of our environment but what a
 * program needs to start: no secrets.
 *
 * @param program for example './job-process.js', as seen from `from`
 */
export function startProcess(program: string, from: string, options: ProcessOptions): ChildProcess {
  const child = fork(fileURLToPath(new URL(program, from)), [], {
    cwd: options.cwd,
    env: passedOn(process.env),
    execArgv: [`--max-old-space-size=${options.heapMB}`],
    serialization: 'advanced',
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  if (options.patient && child.pid !== undefined) setPriority(child.pid, patience);
  for (const stream of [child.stdout, child.stderr]) eachLine(stream, options.onOutput);
  return child;
}

const wanted = [
  'PATH',
  'HOME',
  'TMPDIR',
  'LANG',
  'LC_ALL',
  'LD_LIBRARY_PATH',
  'TF_NUM_INTRAOP_THREADS',
  'OMP_NUM_THREADS',
];

function passedOn(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(wanted.flatMap((name) => (env[name] === undefined ? [] : [[name, env[name]]])));
}

function eachLine(stream: Readable | null, onLine: (line: string) => void): void {
  let rest = '';
  stream?.setEncoding('utf8').on('data', (text: string) => {
    const lines = (rest + text).split('\n');
    rest = (lines.pop() ?? '').slice(0, 10_000);
    for (const line of lines) if (line.trim()) onLine(line.slice(0, 10_000));
  });
}

/** Resident memory of a process in MB; null where the platform does not tell. */
export async function residentMB(pid: number | undefined): Promise<number | null> {
  const text = await readFile(`/proc/${pid}/statm`, 'utf8').catch(() => null);
  const pages = text?.split(' ')[1];
  return pages === undefined ? null : (Number(pages) * 4096) / 2 ** 20; // statm counts pages of 4 KB
}

/** Kills at once, and resolves when the process is gone. */
export async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGKILL');
  await gone;
}
