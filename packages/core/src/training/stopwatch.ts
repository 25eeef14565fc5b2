/** What a run spends its time on. `data`: waiting for examples; `features`: the frozen part; `train`: the rest. */
export type Activity = 'data' | 'features' | 'train';

/** Adds up the seconds of each activity; one runs at a time. */
export class Stopwatch {
  readonly seconds: Record<Activity, number> = { data: 0, features: 0, train: 0 };
  #running: Activity | null = null;
  #since = 0;

  start(activity: Activity): void {
    this.stop();
    this.#running = activity;
    this.#since = performance.now();
  }

  stop(): void {
    if (this.#running) this.seconds[this.#running] += (performance.now() - this.#since) / 1000;
    this.#running = null;
  }
}
