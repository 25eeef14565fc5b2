/**
 * One signal for both ways to end a run. Whoever does the work takes this one alone; the reason tells which it was.
 *
 * @param signal drops the run
 * @param stop ends it and keeps what is finished
 */
export function ending(signal: AbortSignal | undefined, stop: AbortSignal | undefined): AbortSignal {
  return AbortSignal.any([signal, stop].filter((one) => one !== undefined));
}

/** Whether an error is no more than the news that this signal was aborted. */
export function endedBy(signal: AbortSignal | undefined, error: unknown): boolean {
  return signal?.aborted === true && error === signal.reason;
}
