import { readdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import type { Limits } from '../config.js';
import type { HistoryEntry } from '../stores/records.js';
import { type JobRow, jobStream } from './job.js';
import { runJob } from './run-job.js';
import { type JobParts, jobParts, program, tinyRequest } from './testing/job-parts.js';
import { shakyRecords } from './testing/shaky-records.js';

/** Claims and runs jobs until none waits; resolves to the job as it is then. */
async function run(parts: JobParts, { id }: JobRow, drain = new AbortController()): Promise<JobRow> {
  for (let next = await parts.jobs.claim('test'); next; next = await parts.jobs.claim('test')) {
    await runJob(next.claim, next.row, parts, drain.signal);
    if (drain.signal.aborted) break;
  }
  return (await parts.jobs.get('ada', id))!;
}

const events = async (parts: JobParts, job: JobRow): Promise<HistoryEntry[]> =>
  parts.records.history(jobStream(job), 0, 1000);
const types = async (parts: JobParts, job: JobRow): Promise<string[]> =>
  (await events(parts, job)).map(({ body }) => (body as { type: string }).type);
const leftovers = (parts: JobParts) => readdir(join(dirname(parts.scratch.spool), 'work'));

describe('a job', () => {
  test('ends with a model, and leaves nothing on the machine', async () => {
    const parts = await jobParts();
    const job = await run(parts, await parts.newJob());
    expect(job.body.error).toBeNull();
    expect(job).toMatchObject({
      state: 'succeeded',
      body: { attempt: 1, progress: { share: 1, secondsLeft: 0 } },
    });
    const model = await parts.models.get('ada', job.body.model ?? '');
    expect(model.body).toMatchObject({ source: { job: job.id }, weightsHash: job.body.result?.weightsHash });
    expect(await leftovers(parts)).toEqual([]);
  });

  test.each([
    ['before it began', (type: string) => type === 'running'],
    ['while it trains', (type: string) => type === 'phase'],
  ])('given back %s runs again to the same weights', async (_, isMoment) => {
    const parts = await jobParts();
    const undisturbed = await run(parts, await parts.newJob());
    const job = await parts.newJob();
    const taken = (await parts.jobs.claim('test'))!;
    const running = runJob(taken.claim, taken.row, parts, new AbortController().signal);
    while (!(await types(parts, job)).some(isMoment)) await sleep(50);
    const stolen = async () => parts.jobs.giveBack((await parts.jobs.get('ada', job.id))!);
    while (!(await stolen())); // a beat may come in between
    await running; // finds that it has lost the claim
    const again = await run(parts, job);
    expect(again).toMatchObject({ state: 'succeeded', body: { attempt: 2, losses: 1 } });
    expect(again.body.result?.weightsHash).toBe(undisturbed.body.result?.weightsHash);
    expect((await types(parts, job)).filter((type) => type === 'succeeded')).toHaveLength(1);
    expect(await parts.models.list('ada', { order: 'oldest', limit: 10 })).toHaveLength(2);
  });

  test('whose worker dies after the run is written, before the commit, runs again to the same weights', async () => {
    const parts = await jobParts();
    const undisturbed = await run(parts, await parts.newJob());
    const job = await parts.newJob();
    const taken = (await parts.jobs.claim('test'))!;
    const dying = Object.create(parts.jobs, {
      finish: { value: () => Promise.reject(new Error('died')) },
      get: { value: (...key: [string, string]) => parts.jobs.get(...key) },
      beat: { value: (...args: Parameters<typeof parts.jobs.beat>) => parts.jobs.beat(...args) },
    });
    await expect(
      runJob(taken.claim, taken.row, { ...parts, jobs: dying }, new AbortController().signal),
    ).rejects.toThrow('died');
    expect(await parts.jobs.get('ada', job.id)).toMatchObject({ state: 'running', body: { model: null } });
    await parts.jobs.giveBackAll();
    const again = await run(parts, job);
    expect(again).toMatchObject({ state: 'succeeded', body: { attempt: 2 } });
    expect(again.body.result?.weightsHash).toBe(undisturbed.body.result?.weightsHash);
    expect(await parts.models.list('ada', { order: 'oldest', limit: 10 })).toHaveLength(2);
  });

  test('goes on through an outage of the store, and is committed once', async () => {
    const shaky: ReturnType<typeof shakyRecords>[] = [];
    const parts = await jobParts({
      records: (records) => {
        shaky.push(shakyRecords(records));
        return shaky[0]!;
      },
    });
    const job = await parts.newJob();
    const taken = (await parts.jobs.claim('test'))!;
    const running = runJob(taken.claim, taken.row, parts, new AbortController().signal);
    while (!(await types(parts, job)).includes('phase')) await sleep(50);
    shaky[0]!.commitFaults.push('away', 'made-unheard', 'away', 'away', 'made-unheard', 'made-unheard');
    shaky[0]!.awayReads = 3;
    await running;
    const row = await parts.jobs.get('ada', job.id);
    expect(row).toMatchObject({ state: 'succeeded', body: { attempt: 1 } });
    const all = await types(parts, job);
    for (const type of ['running', 'phase', 'end', 'succeeded']) {
      expect(
        all.filter((seen) => seen === type),
        type,
      ).toHaveLength(1);
    }
  });

  test('takes another name for its model where its own is taken', async () => {
    const parts = await jobParts();
    const job = await parts.newJob();
    const name = parts.models.nameFor(job.body.request, job.id);
    const key = { kind: 'model', tenant: 'ada', id: name };
    await parts.records.commit([{ type: 'create', key, state: null, body: {} }]);
    const row = await run(parts, job);
    expect(row).toMatchObject({
      state: 'succeeded',
      body: { model: `${name}-2`, result: { out: `${name}-2` } },
    });
  });

  test('fails where its data is no more', async () => {
    const parts = await jobParts();
    const row = await run(parts, await parts.jobs.create('ada', tinyRequest('file-gone')));
    expect(row).toMatchObject({ state: 'failed', body: { error: { code: 'not-found' } } });
  });
});

describe("a job's process", () => {
  test.each([
    ['code-3', 'failed', 1, 'exit code 3'],
    ['sigsegv', 'failed', 1, 'the signal SIGSEGV'],
    ['sigabrt', 'failed', 1, 'the signal SIGABRT'],
    ['sigkill', 'failed', 3, 'the signal SIGKILL'],
    ['sigterm', 'failed', 3, 'the signal SIGTERM'],
  ])('that ends by %s: %s after %d attempts', async (suffix, state, attempt, how) => {
    const parts = await jobParts({ program: program('exits.mjs') });
    const row = await run(parts, await parts.newJob(suffix));
    expect(row).toMatchObject({ state, body: { attempt, error: { code: 'job/crashed' } } });
    expect(row.body.error?.message).toContain(how);
    expect(await leftovers(parts)).toEqual([]);
  });

  test.each<[string, Partial<Limits>, string]>([
    ['memory', { jobMemoryMB: 300 }, 'MB of memory'],
    ['disk', { jobDiskMB: 20 }, 'MB on the disk'],
    ['time', { jobSeconds: 1 }, 'seconds'],
  ])('that takes too much %s is ended', async (suffix, limits, unit) => {
    const parts = await jobParts({ program: program('takes.mjs'), limits });
    const row = await run(parts, await parts.newJob(suffix));
    expect(row).toMatchObject({ state: 'failed', body: { error: { code: 'job/limit' } } });
    expect(row.body.error?.message).toContain(unit);
    expect(await leftovers(parts)).toEqual([]);
  });

  test.each([
    ['cancel', 'cancelled'],
    ['pause', 'paused'],
  ] as const)('ends within a second of a %s', async (wish, state) => {
    const parts = await jobParts({ program: program('takes.mjs') });
    const job = await parts.newJob('time');
    const running = run(parts, job);
    while (!(await types(parts, job)).includes('data')) await sleep(20);
    const begin = performance.now();
    await parts.jobs.wish('ada', job.id, wish);
    while ((await parts.jobs.get('ada', job.id))?.state === 'running') await sleep(20);
    expect(performance.now() - begin).toBeLessThan(1000);
    expect((await running).state).toBe(state);
    expect(await leftovers(parts)).toEqual([]);
  });

  test('a drain gives the job back at once, also while the store is away', async () => {
    const shaky: ReturnType<typeof shakyRecords>[] = [];
    const parts = await jobParts({
      program: program('takes.mjs'),
      records: (records) => {
        shaky.push(shakyRecords(records));
        return shaky[0]!;
      },
    });
    for (const away of [false, true]) {
      const job = await parts.newJob('time');
      const drain = new AbortController();
      const taken = (await parts.jobs.claim('test'))!;
      const running = runJob(taken.claim, taken.row, parts, drain.signal).catch((error: unknown) => error);
      while (!(await types(parts, job)).includes('data')) await sleep(20);
      if (away) shaky[0]!.awayReads = Number.POSITIVE_INFINITY;
      const begin = performance.now();
      drain.abort();
      await running;
      expect(performance.now() - begin).toBeLessThan(away ? 5000 : 1000);
      shaky[0]!.awayReads = 0;
      expect((await parts.jobs.get('ada', job.id))?.state).toBe(away ? 'running' : 'queued');
      await parts.jobs.wish('ada', job.id, 'cancel');
    }
  });
});
