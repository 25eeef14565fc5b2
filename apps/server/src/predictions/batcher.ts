/** Examples that came at about the same time, as one batch through the model. */
export interface BatcherOptions<Input> {
  /** Computes the answers of a batch, in its order. */
  readonly run: (inputs: readonly Input[]) => Promise<readonly Float32Array[]>;
  readonly batchSize: number;
  /** The first of a batch waits at most so long for others; 0: every example goes alone. */
  readonly milliseconds: number;
}

interface Waiting<Input> {
  readonly input: Input;
  readonly resolve: (output: Float32Array) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Dynamic batching: while one batch runs the next one gathers, so that a busy model always runs full batches and an
 * idle one answers after `milliseconds`.
 *
 * @example
 * const batcher = new Batcher({ run, batchSize: 16, milliseconds: 4 });
 * const output = await batcher.add(input);
 */
export class Batcher<Input> {
  readonly #options: BatcherOptions<Input>;
  #waiting: Waiting<Input>[] = [];
  #timer: NodeJS.Timeout | null = null;
  #running = false;

  constructor(options: BatcherOptions<Input>) {
    this.#options = options;
  }

  add(input: Input): Promise<Float32Array> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ input, resolve, reject });
      this.#consider();
    });
  }

  #consider(): void {
    const { batchSize, milliseconds } = this.#options;
    if (this.#running || this.#waiting.length === 0) return;
    if (milliseconds === 0 || this.#waiting.length >= batchSize) void this.#run();
    else this.#timer ??= setTimeout(() => void this.#run(), milliseconds);
  }

  async #run(): Promise<void> {
    if (this.#timer) clearTimeout(this.#timer);
    this.#timer = null;
    if (this.#running) return;
    this.#running = true;
    const { batchSize, milliseconds, run } = this.#options;
    const batch = this.#waiting.splice(0, milliseconds === 0 ? 1 : batchSize);
    try {
      const outputs = await run(batch.map(({ input }) => input));
      for (const [index, { resolve }] of batch.entries()) resolve(outputs[index] as Float32Array);
    } catch (error) {
      for (const { reject } of batch) reject(error);
    } finally {
      this.#running = false;
      if (this.#waiting.length >= batchSize) void this.#run();
      else this.#consider();
    }
  }
}
