import type { Job } from './job.js';
import type { JobEvent } from './job-protocol.js';

/**
 * How far a job is, and how long it will take, from its events. Training is what takes the time, so epochs count;
 * what comes before is the first tenth.
 */
export class ProgressMeter {
  #phases = 1;
  #progress: NonNullable<Job['progress']> = { share: 0, secondsLeft: null };
  #trainingSince: { readonly at: number; readonly share: number } | null = null;

  get progress(): NonNullable<Job['progress']> {
    return this.#progress;
  }

  see(event: JobEvent, now = Date.now()): void {
    if (event.type === 'start') this.#phases = event.phases;
    if (event.type === 'data') this.#reach(0.05 * (event.done / Math.max(1, event.total)), null);
    if (event.type === 'features') this.#reach(0.05 + 0.05 * (event.done / Math.max(1, event.total)), null);
    if (event.type === 'epoch') {
      const share = 0.1 + 0.9 * ((event.phase - 1 + event.epoch / event.epochs) / this.#phases);
      this.#trainingSince ??= { at: now - event.seconds * 1000, share: 0.1 };
      const { at, share: from } = this.#trainingSince;
      this.#reach(share, (((now - at) / 1000) * (1 - share)) / (share - from));
    }
  }

  #reach(share: number, secondsLeft: number | null): void {
    this.#progress = { share: Math.max(this.#progress.share, Math.min(1, share)), secondsLeft };
  }
}
