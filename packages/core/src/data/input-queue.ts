import type { Tensor } from '@tensorflow/tfjs-core';
import type { Dataset } from './dataset.js';

/**
 * So many inputs are on their way at once. More would hide no more of the decoding: pictures are scaled in the one
 * thread that trains. And a run that ends waits for them.
 */
const atOnce = 4;

/** Asks a dataset for inputs in the order of the calls, a few at once, until nobody wants them any more. */
export class InputQueue {
  readonly #dataset: Dataset;
  readonly #waiting: (() => void)[] = [];
  #running = 0;
  #closed = false;

  constructor(dataset: Dataset) {
    this.#dataset = dataset;
  }

  /**
   * The input of one example, the caller's to dispose.
   *
   * @throws whatever the dataset throws; an error for inputs that the queue was closed on
   */
  async input(index: number): Promise<Tensor> {
    if (this.#running < atOnce) this.#running++;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve)); // takes over the place of one that ended
    try {
      if (this.#closed) throw new Error('Nobody waits for this input any more.');
      return await this.#dataset.input(index);
    } finally {
      const next = this.#waiting.shift();
      if (next) next();
      else this.#running--;
    }
  }

  /** Inputs that were not begun are not begun any more. */
  close(): void {
    this.#closed = true;
  }
}
