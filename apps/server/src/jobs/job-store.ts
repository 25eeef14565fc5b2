import { newId } from '../ids.js';
import { type Change, type Records, type Row, RowConflict, type RowPage } from '../stores/records.js';
import { type Job, type JobRequest, type JobRow, type JobState, jobStream } from './job.js';

/** A worker that is silent for so long is taken for dead. */
export const leaseMilliseconds = 15_000;
/** A job that took so many workers with it is not tried again. */
const mostAttempts = 20;

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

  /** How many jobs of any tenant will start before this one. */
  async queuePosition({ createdAt, id, state }: JobRow): Promise<number | null> {
    if (state !== 'queued') return null;
    return this.#records.count({ kind: 'job', states: ['queued'], before: { createdAt, id } });
  }

  /** What the owner wants of a job. Resolves with the job as it then is; a running one follows a moment later. */
  async wish(tenant: string, id: string, wish: 'pause' | 'resume' | 'cancel'): Promise<JobRow | null> {
    return this.#change({ tenant, id }, (row) => {
      const { body, state } = row;
      if (state === 'running' && wish !== 'resume') return { state, body: { ...body, wish }, events: [] };
      if (wish === 'cancel' && (state === 'queued' || state === 'paused')) return over(row, 'cancelled');
      if (wish === 'pause' && state === 'queued')
        return { state: 'paused', body, events: [{ type: 'paused' }] };
      if (wish === 'resume' && state === 'paused')
        return { state: 'queued', body, events: [{ type: 'queued' }] };
      return null;
    });
  }

  /** Takes the oldest job that waits, or null. Of several workers that try, one gets it. */
  async claim(worker: string): Promise<{ readonly claim: Claim; readonly row: JobRow } | null> {
    const waiting = await this.#records.list<Job>(
      { kind: 'job', states: ['queued'] },
      { order: 'oldest', limit: 8 },
    );
    for (const { tenant, id } of waiting) {
      const row = await this.#change({ tenant, id }, ({ body, state }) =>
        state !== 'queued'
          ? null
          : {
              state: 'running',
              body: {
                ...body,
                attempt: body.attempt + 1,
                lease: { worker, until: Date.now() + leaseMilliseconds },
                startedAt: Date.now(),
                progress: null,
              },
              events: [{ type: 'running', attempt: body.attempt + 1 }],
            },
      );
      const mine = row?.state === 'running' && row.body.lease?.worker === worker;
      if (row && mine) return { claim: { tenant, id, attempt: row.body.attempt }, row };
    }
    return null;
  }

  /**
   * Tells that the worker lives, and what happened since the last time.
   *
   * @throws ClaimLost
   */
  async report(claim: Claim, events: readonly unknown[], progress?: Job['progress']): Promise<JobRow> {
    return this.#held(claim, ({ body, state }) => ({
      state,
      body: {
        ...body,
        progress: progress ?? body.progress,
        lease: body.lease && { ...body.lease, until: Date.now() + leaseMilliseconds },
      },
      events,
    }));
  }

  /**
   * Ends a job: what came of it and the model that it made become visible together.
   *
   * @throws ClaimLost
   */
  async finish(
    claim: Claim,
    end: { state: 'succeeded' | 'failed' | 'cancelled' | 'paused' | 'queued' } & Partial<
      Pick<Job, 'result' | 'error' | 'model'>
    >,
    events: readonly unknown[],
    alongside: readonly Change[] = [],
  ): Promise<JobRow> {
    const { state, ...facts } = end;
    return this.#held(
      claim,
      (row) => {
        if (state === 'paused' || state === 'queued') {
          return { state, body: idle(row.body), events: [...events, { type: state }] };
        }
        const ended = over(row, state);
        return { ...ended, body: { ...ended.body, ...facts }, events: [...events, ...ended.events] };
      },
      alongside,
    );
  }

  /** Gives jobs of workers that fell silent to the others. `now`: all of them, whoever holds them. */
  async reclaim(options: { readonly now?: boolean } = {}): Promise<number> {
    const running = await this.#records.list<Job>(
      { kind: 'job', states: ['running'] },
      { order: 'oldest', limit: 1000 },
    );
    let count = 0;
    for (const { tenant, id, body: seen } of running) {
      if (!options.now && (seen.lease?.until ?? 0) > Date.now()) continue;
      const row = await this.#change({ tenant, id }, (row) => {
        const { body, state } = row;
        if (state !== 'running' || body.attempt !== seen.attempt) return null;
        if (!options.now && (body.lease?.until ?? 0) > Date.now()) return null;
        if (body.wish === 'cancel') return over(row, 'cancelled');
        if (body.wish === 'pause') return { state: 'paused', body: idle(body), events: [{ type: 'paused' }] };
        if (body.attempt >= mostAttempts) {
          const failed = over(row, 'failed');
          return { ...failed, body: { ...failed.body, error: lost(body.attempt) } };
        }
        return { state: 'queued', body: idle(body), events: [{ type: 'requeued', attempt: body.attempt }] };
      });
      if (row) count++;
    }
    return count;
  }

  #held(claim: Claim, next: (row: JobRow) => Next, alongside: readonly Change[] = []): Promise<JobRow> {
    const changed = this.#change(
      claim,
      (row) => (row.state === 'running' && row.body.attempt === claim.attempt ? next(row) : null),
      alongside,
      true,
    );
    return changed as Promise<JobRow>;
  }

  /** Reads, decides, commits; again if somebody was faster. `next` gives null where there is nothing to do. */
  async #change(
    { tenant, id }: { tenant: string; id: string },
    next: (row: JobRow) => Next | null,
    alongside: readonly Change[] = [],
    mustChange = false,
  ): Promise<JobRow | null> {
    const key = { kind: 'job', tenant, id };
    for (;;) {
      const row = await this.#records.get<Job>(key);
      const step = row && next(row);
      if (!row || !step) {
        if (mustChange) throw new ClaimLost(`Another worker has the job ${id}, or it is over.`);
        return row;
      }
      try {
        const [changed] = await this.#records.commit([
          { type: 'update', key, ifVersion: row.version, state: step.state, body: step.body },
          ...(step.events.length ? [append({ tenant, id }, step.events)] : []),
          ...alongside,
        ]);
        return changed as JobRow;
      } catch (error) {
        const again = error instanceof RowConflict && error.key.kind === 'job' && error.key.id === id;
        if (!again) throw error;
      }
    }
  }
}

interface Next {
  readonly state: JobState | string | null;
  readonly body: Job;
  readonly events: readonly unknown[];
}

function over({ body }: Row<Job>, state: 'succeeded' | 'failed' | 'cancelled'): Next {
  return {
    state,
    body: {
      ...idle(body),
      finishedAt: Date.now(),
      progress: state === 'succeeded' ? { share: 1, secondsLeft: 0 } : body.progress,
    },
    events: [{ type: state }],
  };
}

const idle = (body: Job): Job => ({ ...body, lease: null, wish: null });

function lost(attempts: number): Job['error'] {
  return {
    code: 'job/lost',
    message: `Expected the job to end. ${attempts} workers that ran it stopped before its end.`,
    hint: 'It may need more memory than the workers have: try fewer or smaller pictures, or a smaller base.',
  };
}

function append(job: { tenant: string; id: string }, events: readonly unknown[]): Change {
  return { type: 'append', stream: jobStream(job), entries: events };
}
