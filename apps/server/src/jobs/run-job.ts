import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { GraftError } from '@graft/core';
import type { Config } from '../config.js';
import type { FileStore } from '../files/file-store.js';
import type { Log } from '../log.js';
import type { ModelStore } from '../models/model-store.js';
import type { Scratch } from '../scratch.js';
import { BlobMissing } from '../stores/blobs.js';
import { type Change, RowConflict } from '../stores/records.js';
import { version } from '../version.js';
import { crash, followProcess } from './follow-process.js';
import { HeldJob } from './held-job.js';
import type { JobFailure, JobRow } from './job.js';
import type { JobOrder } from './job-protocol.js';
import type { JobEnd } from './job-steps.js';
import { type Claim, ClaimLost, type JobStore } from './job-store.js';
import { ProgressMeter } from './progress.js';
import { isAway, isDiskFull, pauseUnless, whenAnswers } from './when-answers.js';

/** What running a job needs. */
export interface JobSurroundings {
  readonly config: Config;
  readonly jobs: JobStore;
  readonly files: FileStore;
  readonly models: ModelStore;
  readonly scratch: Scratch;
  readonly log: Log;
  /** Another program than a job's, for tests. */
  readonly program?: string;
}

/** What became of the work, and what makes it visible. */
interface Outcome {
  readonly end: JobEnd;
  readonly model?: Change & { type: 'create' };
}

/** A job whose process was killed from outside is begun again, up to so many attempts. */
const mostKilledAttempts = 3;
/** Before another try, where a store is away or the disk is full; twice as long after each, up to a limit. */
const awayMilliseconds = { first: 2000, most: 30_000 };

/**
 * Runs one claimed job to its end in a process of its own. Whatever happens to the process, the data or the claim,
 * nothing is left on this machine and the job's row tells the truth.
 *
 * @param drain ends the job so that another worker can run it again
 * @throws what nobody foresaw: the worker falls silent about the job, which is run again
 */
export async function runJob(
  claim: Claim,
  row: JobRow,
  around: JobSurroundings,
  drain: AbortSignal,
): Promise<void> {
  const { jobs, log } = around;
  const held = new HeldJob(claim, { jobs, log, drain });
  const working = work(held, row, around);
  working.catch(() => {}); // matters only as long as nobody wants the work to be dropped
  try {
    await finish(held, await Promise.race([working, held.dropped.then((end) => ({ end }))]));
  } catch (error) {
    if (!(error instanceof ClaimLost)) throw error;
    log.warn({ job: claim.id, attempt: claim.attempt }, 'claim lost, work dropped');
  } finally {
    held.release();
    await Promise.allSettled([working]);
  }
}

/** A name that the owner has given to another model meanwhile gets a number. */
async function finish(held: HeldJob, { end, model }: Outcome): Promise<void> {
  if (!model) return void (await held.finish(end));
  for (let number = 1; ; number++) {
    const name = number === 1 ? model.key.id : `${model.key.id}-${number}`;
    const named = { ...end, model: name, ...(end.result && { result: { ...end.result, out: name } }) };
    try {
      return void (await held.finish(named, [{ ...model, key: { ...model.key, id: name } }]));
    } catch (error) {
      if (!(error instanceof RowConflict && error.key.kind === 'model')) throw error;
    }
  }
}

/** The work from its beginning, as often as a store is away or the disk is full. */
async function work(held: HeldJob, row: JobRow, around: JobSurroundings): Promise<Outcome> {
  for (let pause = awayMilliseconds.first; ; pause = Math.min(2 * pause, awayMilliseconds.most)) {
    try {
      return await workOnce(held, row, around);
    } catch (error) {
      if (held.signal.aborted) throw error;
      if (!isAway(error)) {
        const failure = jobFailure(error);
        if (!failure) throw error;
        return { end: { state: 'failed', error: failure } };
      }
      waits(held, around.log, error);
      await pauseUnless(held.signal, pause);
    }
  }
}

function waits(held: HeldJob, log: Log, error: unknown): void {
  const reason = isDiskFull(error) ? 'resource/disk-full' : 'store-unavailable';
  log.warn({ job: held.claim.id, reason: String(error) }, 'the job waits');
  held.tell({ type: 'waiting', reason });
}

async function workOnce(held: HeldJob, row: JobRow, around: JobSurroundings): Promise<Outcome> {
  const { config, scratch, models, log, program } = around;
  const { signal } = held;
  const folder = await scratch.newFolder(row.id);
  try {
    const order = await prepare(row, folder, around);
    const meter = new ProgressMeter();
    held.progress = () => meter.progress;
    const end = await followProcess(order, {
      folder,
      limits: config.limits,
      signal,
      program,
      onOutput: (line) => log.info({ job: row.id, line }, 'output of a job'),
      onMessage: (message) => {
        if (message.type === 'event') meter.see(message.event);
        held.tell(message.type === 'event' ? message.event : { ...message.warning, type: 'warning' });
      },
    });
    if (end.type === 'failed') {
      if (isDiskFull(end.failure)) throw new GraftError('resource/disk-full', end.failure.message);
      return { end: { state: 'failed', error: end.failure } };
    }
    if (end.type === 'killed') {
      if (held.claim.attempt < mostKilledAttempts) return { end: { state: 'queued' } };
      return { end: { state: 'failed', error: crash(`the signal ${end.signal}`) } };
    }
    const name = models.nameFor(row.body.request, row.id);
    const source = { model: row.body.request.model, job: row.id };
    const patience = { signal, onAway: (error: unknown) => waits(held, log, error) };
    const model = await whenAnswers(() => models.store(row.tenant, name, order.out, { source }), patience);
    return { end: { state: 'succeeded', result: end.result }, model };
  } finally {
    await rm(folder, { recursive: true, force: true, maxRetries: 3 });
  }
}

async function prepare(
  { tenant, body }: JobRow,
  folder: string,
  { files, models, config }: JobSurroundings,
): Promise<JobOrder> {
  const { request } = body;
  const model = await models.local(tenant, request.model);
  const data = await files.unpack(tenant, request.trainingFile, request.validationFile, join(folder, 'data'));
  return { request, model: model.place, data, out: join(folder, 'run'), backend: config.backend, version };
}

/** What is wrong with the job itself, or null. */
function jobFailure(error: unknown): JobFailure | null {
  if (error instanceof BlobMissing) {
    return {
      code: 'job/data-missing',
      message: 'Expected the bytes of its file and its model. They are not there any more.',
      hint: 'Upload them again.',
    };
  }
  const { code, message, hint, options } = (error ?? {}) as Partial<JobFailure> & {
    options?: { hint?: string };
  };
  const typed = error instanceof Error && (error.name === 'GraftError' || error.name === 'Problem');
  return typed && code && message ? { code, message, hint: hint ?? options?.hint ?? null } : null;
}
