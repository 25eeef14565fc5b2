import { isDeepStrictEqual } from 'node:util';
import { newId } from '../ids.js';
import { type Change, type Records, RowConflict, type RowPage, type RowPosition } from '../stores/records.js';
import { StoreUnavailable } from '../stores/store-unavailable.js';
import { type Job, type JobRequest, type JobRow, jobStream } from './job.js';
import { type JobEnd, type JobStep, jobSteps } from './job-steps.js';
import { queuePositions } from './queue-positions.js';
import { isAway, type Patience, pauseUnless, whenAnswers } from './when-answers.js';

/** A job as one worker holds it: `attempt` is its fence token. */
export interface Claim {
  readonly tenant: string;
  readonly id: string;
  readonly attempt: number;
}

/** The claim is no longer good: somebody else has the job, or it is over. */
export class ClaimLost extends Error {
  override readonly name = 'ClaimLost';
}

type JobKey = Pick<Claim, 'tenant' | 'id'>;

/** Of the row as it is now, and whether this call made it so. */
interface Changed {
  readonly row: JobRow | null;
  readonly changed: boolean;
}

/** All that happens to jobs. The row is the truth: every step is one commit that checks what it starts from. */
export class JobStore {
  readonly #records: Records;

  constructor(records: Records) {
    this.#records = records;
  }

  /** @param alongside changes to make in the same commit, for example what makes the request idempotent */
  async create(
    tenant: string,
    request: JobRequest,
    alongside: (id: string) => readonly Change[] = () => [],
  ): Promise<JobRow> {
    const id = newId('ftjob');
    const job: Job = {
      request,
      attempt: 0,
      lease: null,
      losses: 0,
      wish: null,
      startedAt: null,
      finishedAt: null,
      progress: null,
      model: null,
      result: null,
      error: null,
    };
    const [row] = await this.#records.commit([
      { type: 'create', key: { kind: 'job', tenant, id }, state: 'queued', body: job },
      append({ tenant, id }, [{ type: 'queued' }]),
      ...alongside(id),
    ]);
    return row as JobRow;
  }

  get(tenant: string, id: string): Promise<JobRow | null> {
    return this.#records.get<Job>({ kind: 'job', tenant, id });
  }

  list(tenant: string, page: RowPage): Promise<JobRow[]> {
    return this.#records.list<Job>({ kind: 'job', tenant }, page);
  }

  /** How many jobs of any tenant will start before this one; null: it does not wait. */
  async queuePosition(row: JobRow): Promise<number | null> {
    return (await this.queuePositions([row])).get(row.id) ?? null;
  }

  /** The same for many, by id; those that do not wait are left out. */
  queuePositions(rows: readonly JobRow[]): Promise<ReadonlyMap<string, number>> {
    return queuePositions(this.#records, rows);
  }

  /** What the owner wants of a job. Resolves with the job as it then is; a running one follows a moment later. */
  async wish(tenant: string, id: string, wish: 'pause' | 'resume' | 'cancel'): Promise<JobRow | null> {
    return (await this.#change({ tenant, id }, (row) => jobSteps.wished(row, wish))).row;
  }

  /**
   * Takes a job that waits, or null: of the oldest the one under which the fewest workers stopped. Of several workers
   * that try, one gets it.
   */
  async claim(worker: string): Promise<{ readonly claim: Claim; readonly row: JobRow } | null> {
    const query = { kind: 'job', states: ['queued'] };
    const waiting = await this.#records.list<Job>(query, { order: 'oldest', limit: 8 });
    for (const { tenant, id } of waiting.sort((a, b) => a.body.losses - b.body.losses)) {
      const { row, changed } = await this.#change({ tenant, id }, (row) => jobSteps.claimed(row, worker));
      if (row && changed) return { claim: { tenant, id, attempt: row.body.attempt }, row };
    }
    return null;
  }

  /**
   * Tells that the worker lives, and what happened since the last time. Waits for a store that is away.
   *
   * @throws ClaimLost
   */
  beat(
    claim: Claim,
    events: readonly unknown[],
    progress: Job['progress'],
    patience: Patience,
  ): Promise<JobRow> {
    return this.#held(claim, (row) => jobSteps.beaten(row, events, progress), [], patience);
  }

  /**
   * Ends a job: what came of it and the model that it made become visible together. Waits for a store that is away.
   *
   * @throws ClaimLost
   */
  finish(
    claim: Claim,
    end: JobEnd,
    events: readonly unknown[],
    patience: Patience,
    alongside: readonly Change[] = [],
  ): Promise<JobRow> {
    return this.#held(claim, (row) => jobSteps.ended(row, end, events), alongside, patience);
  }

  /** Every job that some worker has. */
  async running(): Promise<JobRow[]> {
    const rows: JobRow[] = [];
    for (let after: RowPosition | undefined; ; after = rows.at(-1)) {
      const page = { order: 'oldest', limit: 500, ...(after && { after }) } as const;
      const some = await this.#records.list<Job>({ kind: 'job', states: ['running'] }, page);
      rows.push(...some);
      if (some.length < page.limit) return rows;
    }
  }

  /**
   * Gives a job whose worker is gone to the others; nothing, if the worker was heard since.
   *
   * @param seen the job as it was when its worker was found gone
   */
  async giveBack({ tenant, id, body: seen }: JobRow): Promise<boolean> {
    const { changed } = await this.#change({ tenant, id }, (row) =>
      isDeepStrictEqual(row.body.lease, seen.lease) && row.body.attempt === seen.attempt
        ? jobSteps.givenBack(row)
        : null,
    );
    return changed;
  }

  /** Where no other process can hold a job, at the start. */
  async giveBackAll(): Promise<void> {
    for (const row of await this.running()) await this.giveBack(row);
  }

  async #held(
    claim: Claim,
    next: (row: JobRow) => JobStep,
    alongside: readonly Change[],
    patience: Patience,
  ): Promise<JobRow> {
    const step = (row: JobRow) =>
      row.state === 'running' && row.body.attempt === claim.attempt ? next(row) : null;
    const { row, changed } = await this.#change(claim, step, alongside, patience);
    if (!row || !changed) throw new ClaimLost(`Another worker has the job ${claim.id}, or it is over.`);
    return row;
  }

  /** Reads, decides, commits; again if somebody was faster. `next` gives null where there is nothing to do. */
  async #change(
    { tenant, id }: JobKey,
    next: (row: JobRow) => JobStep | null,
    alongside: readonly Change[] = [],
    patience: Patience = { signal: AbortSignal.abort() },
  ): Promise<Changed> {
    const key = { kind: 'job', tenant, id };
    const read = () => whenAnswers(() => this.#records.get<Job>(key), patience);
    for (;;) {
      const row = await read();
      const step = row && next(row);
      if (!row || !step) return { row, changed: false };
      try {
        const [changed] = await this.#records.commit([
          { type: 'update', key, ifVersion: row.version, state: step.state, body: step.body },
          ...(step.events.length ? [append({ tenant, id }, step.events)] : []),
          ...alongside,
        ]);
        return { row: changed as JobRow, changed: true };
      } catch (error) {
        if (error instanceof RowConflict && error.key.kind === 'job' && error.key.id === id) continue;
        if (!isAway(error)) throw error;
        if (error instanceof StoreUnavailable && error.uncertain) {
          const now = await read();
          if (now && isResult(now, row, step)) return { row: now, changed: true };
        }
        if (patience.signal.aborted) throw error;
        patience.onAway?.(error);
        await pauseUnless(patience.signal, 500);
      }
    }
  }
}

/** Whether a commit that may have been made was: what it wrote is there. */
function isResult(now: JobRow, before: JobRow, { state, body }: JobStep): boolean {
  const written = JSON.parse(JSON.stringify(body)) as Job;
  return now.version === before.version + 1 && now.state === state && isDeepStrictEqual(now.body, written);
}

function append(job: JobKey, events: readonly unknown[]): Change {
  return { type: 'append', stream: jobStream(job), entries: events };
}
