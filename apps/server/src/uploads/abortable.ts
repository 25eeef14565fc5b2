/** Waits that end with a signal, for what can't be told to stop. */
export interface Abortable {
  /** One at a time. @throws the signal's reason */
  wait<T>(promise: Promise<T>): Promise<T>;
  /** Lets go of the signal. */
  release(): void;
}

/** Unlike `Promise.race` against one promise for all, it keeps nothing of a wait that is over. */
export function abortable(signal: AbortSignal | undefined): Abortable {
  let refuse: (reason: unknown) => void = () => {};
  const abort = () => refuse(signal?.reason);
  signal?.addEventListener('abort', abort);
  return {
    wait: (promise) =>
      new Promise((resolve, reject) => {
        refuse = reject;
        promise.then(resolve, reject);
        if (signal?.aborted) abort();
      }),
    release: () => signal?.removeEventListener('abort', abort),
  };
}
