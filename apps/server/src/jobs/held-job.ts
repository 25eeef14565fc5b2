import type { Log } from '../log.js';
import type { Change } from '../stores/records.js';
import type { Job, JobRow } from './job.js';
import type { JobEnd } from './job-steps.js';
import { type Claim, ClaimLost, type JobStore } from './job-store.js';
import { beatMilliseconds } from './silence.js';
import { type Patience, pauseUnless, whenAnswers } from './when-answers.js';

/** So often events go out and wishes are seen. */
const tickMilliseconds = 300;
/** A worker that is to stop waits so long for a store that is away; then the others find out by its silence. */
const drainMilliseconds = 3000;

/**
 * A job that this worker has: shows that the worker lives, passes events on, and sees what the owner wishes, whatever
 * the work itself is at. A store that is away is waited for.
 *
 * @example
 * const held = new HeldJob(claim, { jobs, log, drain });
 * await held.finish(await Promise.race([work(held), held.dropped]));
 */
export class HeldJob {
  readonly claim: Claim;
  /** Resolves when the work is to be dropped, with what becomes of the job; rejects with ClaimLost. */
  readonly dropped: Promise<JobEnd>;
  /** Of the work; set by who can tell. */
  progress: () => Job['progress'] = () => null;
  readonly #around: { readonly jobs: JobStore; readonly log: Log; readonly drain: AbortSignal };
  readonly #dropped = new AbortController();
  readonly #released = new AbortController();
  readonly #hurry = new AbortController();
  readonly #patience: Patience;
  readonly #keeping: Promise<void>;
  #drop: (end: JobEnd) => void = () => {};
  #events: unknown[] = [];

  constructor(
    claim: Claim,
    around: { readonly jobs: JobStore; readonly log: Log; readonly drain: AbortSignal },
  ) {
    this.claim = claim;
    this.#around = around;
    this.#patience = {
      signal: this.#hurry.signal,
      onAway: (error) =>
        around.log.warn({ job: claim.id, reason: String(error) }, 'a store is away, the job waits for it'),
    };
    let fail: (error: unknown) => void = () => {};
    this.dropped = new Promise((resolve, reject) => {
      this.#drop = resolve;
      fail = reject;
    });
    this.#keeping = this.#keep().catch(fail);
    void this.dropped.catch(() => {}).then(() => this.#dropped.abort());
    around.drain.addEventListener('abort', this.#onDrain);
    if (around.drain.aborted) this.#onDrain();
  }

  /** Aborted when the work is to be dropped. */
  get signal(): AbortSignal {
    return this.#dropped.signal;
  }

  /** Puts an event into the job's history, a moment later. */
  tell(event: unknown): void {
    this.#events.push(event);
  }

  /**
   * Ends the job, or this attempt at it.
   *
   * @throws ClaimLost; RowConflict of `alongside`: then it may be called again
   */
  async finish(end: JobEnd, alongside: readonly Change[] = []): Promise<JobRow> {
    this.#released.abort();
    await this.#keeping; // has events of its own on their way
    return this.#around.jobs.finish(this.claim, end, this.#events, this.#patience, alongside);
  }

  /** Lets go of the job as it is, and drops the work. */
  release(): void {
    this.#around.drain.removeEventListener('abort', this.#onDrain);
    for (const controller of [this.#released, this.#hurry, this.#dropped]) controller.abort();
  }

  readonly #onDrain = () => {
    this.#drop({ state: 'queued' });
    setTimeout(() => this.#hurry.abort(), drainMilliseconds).unref();
  };

  async #keep(): Promise<void> {
    for (let beatAt = performance.now(); !this.#released.signal.aborted; ) {
      const due = this.#events.length > 0 || performance.now() - beatAt >= beatMilliseconds;
      const row = due ? await this.#beat() : await this.#look();
      if (due) beatAt = performance.now();
      if (row?.state !== 'running' || row.body.attempt !== this.claim.attempt) {
        throw new ClaimLost(`Another worker has the job ${this.claim.id}, or it is over.`);
      }
      if (row.body.wish) return this.#drop({ state: row.body.wish === 'cancel' ? 'cancelled' : 'paused' });
      await pauseUnless(this.#released.signal, tickMilliseconds);
    }
  }

  #beat(): Promise<JobRow> {
    const events = this.#events.splice(0);
    return this.#around.jobs.beat(this.claim, events, this.progress(), this.#patience);
  }

  #look(): Promise<JobRow | null> {
    const { tenant, id } = this.claim;
    return whenAnswers(() => this.#around.jobs.get(tenant, id), this.#patience);
  }
}
