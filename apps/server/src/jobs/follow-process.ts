import { kill, startProcess } from '../child-process.js';
import type { Config } from '../config.js';
import type { JobFailure } from './job.js';
import { watchLimits } from './job-limits.js';
import type { JobMessage, JobOrder } from './job-protocol.js';

/** What became of a job's process. */
export type ProcessEnd =
  | Extract<JobMessage, { type: 'done' }>
  | { readonly type: 'failed'; readonly failure: JobFailure }
  /** Somebody ended it from outside: the system for want of memory, or who stops everything. */
  | { readonly type: 'killed'; readonly signal: NodeJS.Signals };

export interface ProcessSurroundings {
  /** Its own, to work in. */
  readonly folder: string;
  readonly limits: Config['limits'];
  /** Ends the process at once. */
  readonly signal: AbortSignal;
  readonly onMessage: (message: Extract<JobMessage, { type: 'event' | 'warning' }>) => void;
  readonly onOutput: (line: string) => void;
  /** Another program than a job's, for tests. */
  readonly program?: string | undefined;
}

/** These say "end", they are nobody's crash. */
const fromOutside: readonly (NodeJS.Signals | null)[] = ['SIGKILL', 'SIGTERM', 'SIGINT', 'SIGHUP'];

/**
 * Runs a job in a process of its own, and holds it to its limits.
 *
 * @throws the signal's reason
 */
export async function followProcess(order: JobOrder, around: ProcessSurroundings): Promise<ProcessEnd> {
  const { folder, limits, signal, onMessage, onOutput, program = './job-process.js' } = around;
  signal.throwIfAborted();
  const child = startProcess(program, import.meta.url, {
    heapMB: limits.jobMemoryMB,
    cwd: folder,
    onOutput,
    patient: true,
  });
  const told: { last?: Extract<JobMessage, { type: 'done' | 'failed' }> } = {};
  child.on('message', (message: JobMessage) => {
    if (message.type === 'done' || message.type === 'failed') told.last = message;
    else onMessage(message);
  });
  const watching = new AbortController();
  const drop = () => void kill(child);
  signal.addEventListener('abort', drop);
  const gone = new Promise<{ code: number | null; by: NodeJS.Signals | null }>((resolve) => {
    child.once('close', (code, by) => resolve({ code, by })); // not 'exit': messages may come after that
    child.on('error', (error) => {
      onOutput(String(error));
      if (child.pid === undefined) resolve({ code: null, by: null }); // it never ran
    });
  });
  try {
    child.send(order);
    void watchLimits({ pid: child.pid, folder }, limits, watching.signal).then((failure) => {
      if (!failure || told.last) return;
      told.last = { type: 'failed', failure };
      drop();
    });
    const { code, by } = await gone;
    signal.throwIfAborted();
    if (told.last) return told.last;
    if (fromOutside.includes(by)) return { type: 'killed', signal: by as NodeJS.Signals };
    return { type: 'failed', failure: crash(by ? `the signal ${by}` : `exit code ${code}`) };
  } finally {
    watching.abort();
    signal.removeEventListener('abort', drop);
    await kill(child);
  }
}

/** How a process ended that said nothing. */
export function crash(how: string): JobFailure {
  return {
    code: 'job/crashed',
    message: `Expected the job's process to end by itself. It ended with ${how}.`,
    hint: 'It may have run out of memory: try fewer or smaller pictures, or a smaller base.',
  };
}
