import type { Job, JobRow, JobState } from './job.js';

/**
 * A job that so many workers stopped under is not tried again: it may be what stops them. Many, because a job that is
 * merely unlucky must not be lost, and since those with fewer losses go first one that is not holds nobody up.
 */
export const mostLosses = 100;

/** What one change makes of a job. */
export interface JobStep {
  readonly state: JobState;
  readonly body: Job;
  /** For its history. */
  readonly events: readonly unknown[];
}

/** How a job ends, or leaves its worker. */
export type JobEnd = {
  readonly state: 'succeeded' | 'failed' | 'cancelled' | 'paused' | 'queued';
} & Partial<Pick<Job, 'result' | 'error' | 'model'>>;

/** The life of a job, each step as what becomes of its row; null where there is nothing to do. */
export const jobSteps = {
  /** What the owner wants: at once, or where a worker has the job, as a wish that it follows. */
  wished(row: JobRow, wish: 'pause' | 'resume' | 'cancel'): JobStep | null {
    const { body, state } = row;
    if (state === 'running') {
      const next = wish === 'resume' ? null : wish;
      // A cancel can't be taken back.
      if (body.wish === 'cancel' || body.wish === next) return null;
      return { state, body: { ...body, wish: next }, events: [] };
    }
    if (wish === 'cancel' && (state === 'queued' || state === 'paused')) return over(row, 'cancelled');
    if (wish === 'pause' && state === 'queued')
      return { state: 'paused', body, events: [{ type: 'paused' }] };
    if (wish === 'resume' && state === 'paused')
      return { state: 'queued', body, events: [{ type: 'queued' }] };
    return null;
  },

  claimed({ body, state }: JobRow, worker: string): JobStep | null {
    if (state !== 'queued') return null;
    const attempt = body.attempt + 1;
    return {
      state: 'running',
      body: { ...body, attempt, lease: { worker, beat: 1 }, startedAt: Date.now(), progress: null },
      events: [{ type: 'running', attempt }],
    };
  },

  beaten({ body }: JobRow, events: readonly unknown[], progress: Job['progress']): JobStep {
    const lease = body.lease && { ...body.lease, beat: body.lease.beat + 1 };
    return { state: 'running', body: { ...body, progress: progress ?? body.progress, lease }, events };
  },

  ended(row: JobRow, { state, ...facts }: JobEnd, events: readonly unknown[]): JobStep {
    if (state === 'paused' || state === 'queued') {
      return { state, body: idle(row.body), events: [...events, { type: state }] };
    }
    const ended = over(row, state);
    return { ...ended, body: { ...ended.body, ...facts }, events: [...events, ...ended.events] };
  },

  /** The worker is gone; what the owner wished meanwhile is done. */
  givenBack(row: JobRow): JobStep | null {
    const { body, state } = row;
    if (state !== 'running') return null;
    if (body.wish === 'cancel') return over(row, 'cancelled');
    if (body.wish === 'pause') return { state: 'paused', body: idle(body), events: [{ type: 'paused' }] };
    const losses = body.losses + 1;
    if (losses >= mostLosses) {
      const failed = over(row, 'failed');
      return { ...failed, body: { ...failed.body, losses, error: lost(losses) } };
    }
    const events = [{ type: 'requeued', attempt: body.attempt }];
    return { state: 'queued', body: { ...idle(body), losses }, events };
  },
};

function over({ body }: JobRow, state: 'succeeded' | 'failed' | 'cancelled'): JobStep {
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

function lost(workers: number): Job['error'] {
  return {
    code: 'job/lost',
    message: `Expected the job to end. ${workers} workers that ran it stopped before its end.`,
    hint: 'It may need more memory than the workers have: try fewer or smaller pictures, or a smaller base.',
  };
}
