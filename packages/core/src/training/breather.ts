/** How long computation may hold the thread before timers, signals and the page get a turn. */
const longestHold = 25; // ms

/**
 * Lets the event loop take a turn now and then: computation on wasm and cpu never leaves the thread by itself,
 * and Ctrl-C, progress or a page's clicks would wait until the end.
 */
export class Breather {
  #last = performance.now();

  async breathe(): Promise<void> {
    if (performance.now() - this.#last < longestHold) return;
    await new Promise((resolve) => setTimeout(resolve, 0));
    this.#last = performance.now();
  }
}
