import { hostname } from 'node:os';
import { randomText } from '../ids.js';
import { type JobSurroundings, runJob } from './run-job.js';

/** Wakes workers when there may be something to do. The queue itself is the rows. */
export interface Bell {
  ring(): Promise<void>;
  /** @returns how to stop listening */
  listen(onRing: () => void): Promise<() => Promise<void>>;
}

/** Workers look by themselves so often, should no bell have rung. */
const lookMilliseconds = 1000;
const reclaimMilliseconds = 5000;

/**
 * Takes jobs and runs them, `config.jobs` at once.
 *
 * @example
 * const worker = new Worker(surroundings, bell);
 * await worker.start();
 * await worker.drain(); // jobs that run go back to the queue
 */
export class Worker {
  readonly #around: JobSurroundings;
  readonly #bell: Bell;
  readonly #name = `${hostname()}-${process.pid}-${randomText(4)}`;
  readonly #running = new Set<Promise<void>>();
  readonly #drain = new AbortController();
  #timers: NodeJS.Timeout[] = [];
  #stopListening: (() => Promise<void>) | null = null;
  #looking = false;
  #again = false;

  constructor(around: JobSurroundings, bell: Bell) {
    this.#around = around;
    this.#bell = bell;
  }

  get running(): number {
    return this.#running.size;
  }

  async start(): Promise<void> {
    if (this.#around.config.jobs === 0) return;
    this.#stopListening = await this.#bell.listen(() => void this.#look());
    const every = (milliseconds: number, work: () => Promise<unknown>) =>
      this.#timers.push(
        setInterval(() => void work().catch((error) => this.#complain(error)), milliseconds).unref(),
      );
    every(lookMilliseconds, () => this.#look());
    every(reclaimMilliseconds, () => this.#around.jobs.reclaim());
    void this.#look();
  }

  /** Ends what runs, so that others can run it again, and takes nothing new. */
  async drain(): Promise<void> {
    this.#drain.abort();
    for (const timer of this.#timers) clearInterval(timer);
    await this.#stopListening?.();
    await Promise.all(this.#running);
  }

  async #look(): Promise<void> {
    this.#again = true;
    if (this.#looking) return;
    this.#looking = true;
    try {
      while (this.#again && !this.#drain.signal.aborted) {
        this.#again = false;
        while (this.#running.size < this.#around.config.jobs && !this.#drain.signal.aborted) {
          const claimed = await this.#around.jobs.claim(this.#name);
          if (!claimed) break;
          this.#run(claimed);
        }
      }
    } catch (error) {
      this.#complain(error);
    } finally {
      this.#looking = false;
    }
  }

  #run({ claim, row }: NonNullable<Awaited<ReturnType<JobSurroundings['jobs']['claim']>>>): void {
    const { log } = this.#around;
    log.info({ job: claim.id, attempt: claim.attempt, tenant: claim.tenant }, 'job started');
    const run = runJob(claim, row, this.#around, this.#drain.signal)
      .catch((error) => this.#complain(error))
      .finally(() => {
        this.#running.delete(run);
        log.info({ job: claim.id, attempt: claim.attempt }, 'job left');
        void this.#look();
      });
    this.#running.add(run);
  }

  #complain(error: unknown): void {
    this.#around.log.error({ err: error }, 'the worker had a problem, it goes on');
  }
}
