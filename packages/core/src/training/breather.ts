/** How long computation may hold the thread before timers, signals and the page get a turn. */
const longestHold = 25; // ms

/**
 * Lets the event loop take a turn now and then: computation on wasm and cpu never leaves the thread by itself,
 * and Ctrl-C, progress or a page's clicks would wait until the end.
 */
export class Breather {
  readonly #signal: AbortSignal | undefined;
  #last = performance.now();

  /** @param signal ends the work at the next breath */
  constructor(signal?: AbortSignal) {
    this.#signal = signal;
  }

  /** @throws the signal's reason once it is aborted */
  async breathe(): Promise<void> {
    if (performance.now() - this.#last >= longestHold) {
      await new Promise((resolve) => setTimeout(resolve, 0));
      this.#last = performance.now();
    }
    this.#signal?.throwIfAborted();
  }
}
