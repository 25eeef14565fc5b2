/** An outage of the stores that is not over by then is left to the lease: the job is run again. */
const mostMilliseconds = 10 * 60_000;
const pauseMilliseconds = 500;

/**
 * Does something with a store, again and again while the store does not answer. Only for work that may be done
 * twice, or that checks a version.
 *
 * @example
 * const row = await whenAnswers(() => jobs.report(claim, events));
 */
export async function whenAnswers<T>(work: () => Promise<T>): Promise<T> {
  const begin = performance.now();
  for (;;) {
    try {
      return await work();
    } catch (error) {
      const unavailable = error instanceof Error && error.name === 'StoreUnavailable';
      if (!unavailable || performance.now() - begin > mostMilliseconds) throw error;
      await new Promise((resolve) => setTimeout(resolve, pauseMilliseconds));
    }
  }
}
