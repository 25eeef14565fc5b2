import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { kill, residentMB, startProcess } from '../child-process.js';
import type { Config } from '../config.js';
import type { FileStore } from '../files/file-store.js';
import type { Log } from '../log.js';
import type { ModelStore } from '../models/model-store.js';
import type { Scratch } from '../scratch.js';
import { whenAnswers } from '../stores/when-answers.js';
import { version } from '../version.js';
import { folderMB } from './folder-size.js';
import type { JobFailure, JobRow } from './job.js';
import type { JobMessage, JobOrder } from './job-protocol.js';
import { type Claim, ClaimLost, type JobStore, leaseMilliseconds } from './job-store.js';
import { ProgressMeter } from './progress.js';

/** What running a job needs. */
export interface JobSurroundings {
  readonly config: Config;
  readonly jobs: JobStore;
  readonly files: FileStore;
  readonly models: ModelStore;
  readonly scratch: Scratch;
  readonly log: Log;
}

/** How often a running job is looked after: events go out, wishes and limits are seen. */
const tickMilliseconds = 300;

/**
 * Runs one claimed job to its end in a process of its own. Whatever happens to the process, the data or the claim,
 * nothing is left on this machine and the job's row tells the truth.
 *
 * @param drain ends the job so that another worker can run it again
 */
export async function runJob(
  claim: Claim,
  row: JobRow,
  around: JobSurroundings,
  drain: AbortSignal,
): Promise<void> {
  const { jobs, scratch, log } = around;
  const folder = await scratch.newFolder(claim.id);
  try {
    const order = await whenAnswers(() => prepare(row, folder, around));
    await follow(claim, row, order, folder, around, drain);
  } catch (error) {
    if (error instanceof ClaimLost)
      log.warn({ job: claim.id, attempt: claim.attempt }, 'claim lost, work dropped');
    else {
      const failure = jobFailure(error);
      if (!failure) throw error; // the store is gone or the like: the lease runs out and the job is run again
      await whenAnswers(() => jobs.finish(claim, { state: 'failed', error: failure }, []));
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
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

/** The process from its start to its end, and what is told of it meanwhile. */
async function follow(
  claim: Claim,
  row: JobRow,
  order: JobOrder,
  folder: string,
  around: JobSurroundings,
  drain: AbortSignal,
): Promise<void> {
  const { config, jobs, models, log } = around;
  const { jobSeconds, jobMemoryMB, jobDiskMB } = config.limits;
  const child = startProcess('./job-process.js', import.meta.url, {
    heapMB: jobMemoryMB,
    cwd: folder,
    onOutput: (line) => log.info({ job: claim.id, line }, 'output of a job'),
  });
  const meter = new ProgressMeter();
  const events: unknown[] = [];
  let last: JobMessage | null = null;
  const ended = new Promise<number | null>((resolve) => {
    child.once('exit', (code) => resolve(code));
    child.once('error', () => resolve(null));
  });
  child.on('message', (message: JobMessage) => {
    if (message.type === 'event') meter.see(message.event);
    if (message.type === 'event') events.push(message.event);
    else if (message.type === 'warning') events.push({ ...message.warning, type: 'warning' });
    else last = message;
  });
  const flush = () => {
    const batch = events.splice(0);
    return whenAnswers(() => jobs.report(claim, batch, meter.progress));
  };
  try {
    child.send(order);
    let renewed = Date.now();
    let gone = false;
    void ended.then(() => {
      gone = true;
    });
    while (!gone) {
      await Promise.race([ended, pause(tickMilliseconds)]);
      const due = events.length > 0 || Date.now() - renewed > leaseMilliseconds / 3;
      const now = due ? await flush() : await whenAnswers(() => jobs.get(claim.tenant, claim.id));
      if (due) renewed = Date.now();
      if (now?.state !== 'running' || now.body.attempt !== claim.attempt)
        throw new ClaimLost('The job is over.');
      const end = gone ? null : wishOf(now, drain);
      if (end) {
        await kill(child);
        return void (await whenAnswers(() => jobs.finish(claim, { state: end }, events)));
      }
      const breach = await breachOf(child.pid, folder, row, { jobSeconds, jobMemoryMB, jobDiskMB });
      if (breach && !last) {
        await kill(child);
        return void (await whenAnswers(() => jobs.finish(claim, { state: 'failed', error: breach }, events)));
      }
    }
    const exitCode = await ended;
    await whenAnswers(() => conclude(claim, row, order, last, events, exitCode, { jobs, models }));
  } finally {
    await kill(child);
  }
}

function wishOf({ body }: JobRow, drain: AbortSignal): 'cancelled' | 'paused' | 'queued' | null {
  if (body.wish === 'cancel') return 'cancelled';
  if (body.wish === 'pause') return 'paused';
  return drain.aborted ? 'queued' : null;
}

async function breachOf(
  pid: number | undefined,
  folder: string,
  { body }: JobRow,
  limits: Pick<Config['limits'], 'jobSeconds' | 'jobMemoryMB' | 'jobDiskMB'>,
): Promise<JobFailure | null> {
  const seconds = (Date.now() - (body.startedAt ?? Date.now())) / 1000;
  const measured: readonly (readonly [string, number | null, number])[] = [
    ['seconds', seconds, limits.jobSeconds],
    ['MB of memory', await residentMB(pid), limits.jobMemoryMB],
    ['MB on the disk', await folderMB(folder), limits.jobDiskMB],
  ];
  for (const [unit, value, limit] of measured) {
    if (value !== null && value > limit) {
      return {
        code: 'job/limit',
        message: `Expected a job of at most ${limit} ${unit}. Received one that took ${Math.ceil(value)}.`,
        hint: 'Take fewer or smaller pictures, fewer epochs, or ask who runs the server for a higher limit.',
      };
    }
  }
  return null;
}

/** The process is gone: what did it leave? */
async function conclude(
  claim: Claim,
  row: JobRow,
  order: JobOrder,
  last: JobMessage | null,
  events: readonly unknown[],
  exitCode: number | null,
  { jobs, models }: Pick<JobSurroundings, 'jobs' | 'models'>,
): Promise<void> {
  if (last?.type === 'failed') {
    await jobs.finish(claim, { state: 'failed', error: last.failure }, events);
    return;
  }
  if (last?.type !== 'done') {
    const error = {
      code: 'job/crashed',
      message: `Expected the job's process to end by itself. It ended with ${exitCode === null ? 'a signal' : `exit code ${exitCode}`}.`,
      hint: 'It may have run out of memory: try fewer or smaller pictures, or a smaller base.',
    };
    await jobs.finish(claim, { state: 'failed', error }, events);
    return;
  }
  const name = models.nameFor(row.body.request, row.id);
  const create = await models.store(row.tenant, name, order.out, {
    source: { model: row.body.request.model, job: row.id },
  });
  const result = { ...last.result, out: name };
  await jobs.finish(claim, { state: 'succeeded', result, model: name }, events, [create]);
}

function jobFailure(error: unknown): JobFailure | null {
  const { code, message, hint, options } = (error ?? {}) as Partial<JobFailure> & {
    options?: { hint?: string };
  };
  const typed = error instanceof Error && (error.name === 'GraftError' || error.name === 'Problem');
  return typed && code && message ? { code, message, hint: hint ?? options?.hint ?? null } : null;
}

const pause = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));
