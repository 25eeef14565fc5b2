import { setTimeout as sleep } from 'node:timers/promises';
import { residentMB } from '../child-process.js';
import type { Config } from '../config.js';
import { folderMB } from './folder-size.js';
import type { JobFailure } from './job.js';

const lookMilliseconds = 300;
/** Measuring a folder of many files takes a while; it shall take no more than a twentieth of the time. */
const restShare = 20;

/**
 * Watches what a job takes.
 *
 * @returns why it has to end, once it has to; null, if `signal` is aborted before
 */
export async function watchLimits(
  { pid, folder }: { readonly pid: number | undefined; readonly folder: string },
  { jobSeconds, jobMemoryMB, jobDiskMB }: Config['limits'],
  signal: AbortSignal,
): Promise<JobFailure | null> {
  const startedAt = performance.now();
  while (!signal.aborted) {
    const began = performance.now();
    const measured: readonly (readonly [string, number | null, number])[] = [
      ['seconds', (began - startedAt) / 1000, jobSeconds],
      ['MB of memory', await residentMB(pid), jobMemoryMB],
      ['MB on the disk', await folderMB(folder), jobDiskMB],
    ];
    for (const [unit, value, limit] of measured) {
      if (value === null || value <= limit || signal.aborted) continue;
      return {
        code: 'job/limit',
        message: `Expected a job of at most ${limit} ${unit}. Received one that took ${Math.ceil(value)}.`,
        hint: 'Take fewer or smaller pictures, fewer epochs, or ask who runs the server for a higher limit.',
      };
    }
    const rest = Math.max(lookMilliseconds, restShare * (performance.now() - began));
    await sleep(rest, undefined, { signal }).catch(() => {});
  }
  return null;
}
