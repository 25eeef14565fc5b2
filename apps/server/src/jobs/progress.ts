import type { Job } from './job.js';
import type { JobEvent } from './job-protocol.js';

/** Until the end of each part, of 1. Heads on frozen features train fast: computing the features takes the time. */
const readUntil = 0.1;
const featuresUntil = 0.6;

/**
 * How far a job is, and how long it will take, from its events. Time left is what the part under way has shown to
 * need, so that it is null while there is nothing to go by and a guess before the last part.
 *
 * @example
 * meter.see(event);
 * meter.progress; // { share: 0.4, secondsLeft: 12 }
 */
export class ProgressMeter {
  readonly #now: () => number;
  #phases = 1;
  #epochs = 1;
  /** As of the last event. */
  #share = 0;
  #at: number;
  #secondsLeft: number | null = null;
  /** Where the part under way began. */
  #part: { readonly name: string; readonly at: number; readonly share: number } | null = null;

  /** @param now in milliseconds */
  constructor(now = () => performance.now()) {
    this.#now = now;
    this.#at = now();
  }

  get progress(): NonNullable<Job['progress']> {
    const since = (this.#now() - this.#at) / 1000;
    const secondsLeft = this.#secondsLeft === null ? null : Math.max(0, this.#secondsLeft - since);
    return { share: this.#share, secondsLeft };
  }

  see(event: JobEvent): void {
    if (event.type === 'start') this.#phases = event.phases;
    if (event.type === 'phase') this.#epochs = event.epochs;
    if (event.type === 'data') this.#reach('data', () => readUntil * ratio(event.done, event.total));
    if (event.type === 'features' && event.phase === 1) {
      const done = ratio(event.done, event.total);
      this.#reach('features', () => readUntil + (featuresUntil - readUntil) * done);
    }
    if (event.type === 'step') this.#train(event.phase, event.epoch - 1 + event.step / event.steps);
    if (event.type === 'epoch') this.#train(event.phase, event.epoch);
  }

  #train(phase: number, epochs: number): void {
    const done = (phase - 1 + epochs / this.#epochs) / this.#phases;
    this.#reach('training', (from) => from + (1 - from) * done);
  }

  /** @param shareFrom the share now, from that at which the part began */
  #reach(name: string, shareFrom: (from: number) => number): void {
    if (this.#part?.name !== name) this.#part = { name, at: this.#at, share: this.#share };
    const { at, share: from } = this.#part;
    this.#at = this.#now();
    this.#share = Math.max(this.#share, Math.min(1, shareFrom(from)));
    const done = this.#share - from;
    this.#secondsLeft = done > 0 ? (((this.#at - at) / 1000) * (1 - this.#share)) / done : null;
  }
}

const ratio = (done: number, total: number): number => done / Math.max(1, total);
