import { setTimeout as sleep } from 'node:timers/promises';
import { StoreUnavailable } from '../stores/store-unavailable.js';

/** How long to wait for stores that are away: until `signal`. */
export interface Patience {
  readonly signal: AbortSignal;
  /** Told at the first failure, for the log. */
  readonly onAway?: (error: unknown) => void;
}

const pauseMilliseconds = 500;

/** The store is away, or its disk is full: either passes, and the same request may succeed then. */
export function isAway(error: unknown): boolean {
  return error instanceof StoreUnavailable || isDiskFull(error);
}

/** Of the stores, of this machine, or of what a job's process told. */
export function isDiskFull(error: unknown): boolean {
  const code = (error as { code?: unknown } | null)?.code;
  return code === 'resource/disk-full' || code === 'ENOSPC' || code === 'EDQUOT';
}

/**
 * Does something with a store, again and again while the store is away. Only for work that may be done twice.
 *
 * @throws what `work` throws; why the store is away, once `signal` is aborted
 *
 * @example
 * const row = await whenAnswers(() => records.get(key), { signal });
 */
export async function whenAnswers<T>(work: () => Promise<T>, { signal, onAway }: Patience): Promise<T> {
  for (let told = false; ; ) {
    try {
      return await work();
    } catch (error) {
      if (!isAway(error) || signal.aborted) throw error;
      if (!told) onAway?.(error);
      told = true;
      await pauseUnless(signal, pauseMilliseconds);
    }
  }
}

/** Sleeps; an abort only ends the sleep. */
export async function pauseUnless(signal: AbortSignal, milliseconds: number): Promise<void> {
  await sleep(milliseconds, undefined, { signal }).catch(() => {});
}
