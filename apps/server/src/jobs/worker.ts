import { hostname } from 'node:os';
import { randomText } from '../ids.js';
import type { Bell } from './bell.js';
import { type JobSurroundings, runJob } from './run-job.js';
import { listenMilliseconds, Silence } from './silence.js';
import { isAway, pauseUnless } from './when-answers.js';

/** Workers look by themselves so often, should no bell have rung. */
const lookMilliseconds = 1000;

/**
 * Takes jobs and runs them, `config.jobs` at once, and gives jobs of workers that fell silent to the others.
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
  readonly #silence = new Silence();
  #loops: Promise<void>[] = [];
  #stopListening: (() => Promise<void>) | null = null;
  #looking: Promise<void> | null = null;
  #again = false;
  #away = false;

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
    this.#loops = [
      this.#every(lookMilliseconds, () => this.#look()),
      this.#every(listenMilliseconds, () => this.#listen()),
    ];
  }

  /** Ends what runs, so that others can run it again, and takes nothing new. */
  async drain(): Promise<void> {
    this.#drain.abort();
    await this.#stopListening?.();
    await Promise.all(this.#loops);
    await this.#looking; // may have taken a job just now
    await Promise.all(this.#running);
  }

  async #every(milliseconds: number, work: () => Promise<void>): Promise<void> {
    const { signal } = this.#drain;
    while (!signal.aborted) {
      await work();
      await pauseUnless(signal, milliseconds);
    }
  }

  /** Fills the free places. Who calls it meanwhile makes it look once more. */
  #look(): Promise<void> {
    this.#again = true;
    this.#looking ??= this.#claimAll().finally(() => {
      this.#looking = null;
    });
    return this.#looking;
  }

  async #claimAll(): Promise<void> {
    const { config, jobs } = this.#around;
    const open = () => this.#running.size < config.jobs && !this.#drain.signal.aborted;
    try {
      while (this.#again) {
        this.#again = false;
        while (open()) {
          const claimed = await jobs.claim(this.#name);
          if (!claimed) break;
          this.#run(claimed);
        }
      }
      this.#answers();
    } catch (error) {
      this.#complain(error);
    }
  }

  async #listen(): Promise<void> {
    const { jobs, log } = this.#around;
    try {
      for (const job of this.#silence.look(await jobs.running())) {
        if (!(await jobs.giveBack(job))) continue;
        log.warn(
          { job: job.id, worker: job.body.lease?.worker },
          'a worker fell silent, its job is given back',
        );
        await this.#bell.ring();
      }
    } catch (error) {
      this.#silence.forget();
      this.#complain(error);
    }
  }

  #run({ claim, row }: NonNullable<Awaited<ReturnType<JobSurroundings['jobs']['claim']>>>): void {
    const { log } = this.#around;
    const { id: job, attempt, tenant } = claim;
    log.info({ job, attempt, tenant }, 'job started');
    const run = runJob(claim, row, this.#around, this.#drain.signal)
      .catch((error) => this.#complain(error))
      .finally(() => {
        this.#running.delete(run);
        log.info({ job, attempt }, 'job left');
        void this.#look();
      });
    this.#running.add(run);
  }

  #answers(): void {
    if (this.#away) this.#around.log.info('the stores answer again');
    this.#away = false;
  }

  /** An outage is told once, not every second. */
  #complain(error: unknown): void {
    if (!isAway(error)) this.#around.log.error({ err: error }, 'the worker had a problem, it goes on');
    else if (!this.#away)
      this.#around.log.warn({ reason: String(error) }, 'the stores are away, the worker waits');
    this.#away ||= isAway(error);
  }
}
