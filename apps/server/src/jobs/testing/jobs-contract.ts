import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Change, type Records, RowConflict } from '../../stores/records.js';
import { type JobRow, type JobState, jobStream } from '../job.js';
import { mostLosses } from '../job-steps.js';
import { type Claim, ClaimLost, JobStore } from '../job-store.js';
import { tinyRequest } from './job-parts.js';
import { type ShakyRecords, shakyRecords } from './shaky-records.js';

const patience = { signal: new AbortController().signal };

/** What the rows of jobs must do on every store. Each test has a store of its own: queues are one for all tenants. */
export function describeJobs(name: string, open: () => Promise<Records>): void {
  describe(name, () => {
    let records: ShakyRecords;
    let jobs: JobStore;
    let number = 0;
    beforeAll(async () => {
      records = shakyRecords(await open());
      jobs = new JobStore(records);
    });
    afterAll(() => records?.close());

    const tenant = () => `tenant-${++number}`;
    const typesOf = async (job: { tenant: string; id: string }) =>
      (await records.history(jobStream(job), 0, 1000)).map(({ body }) => (body as { type: string }).type);
    const claimed = async () => {
      await jobs.create(tenant(), tinyRequest());
      const taken = await jobs.claim('worker');
      if (!taken) throw new Error('Expected a job.');
      return taken;
    };
    const stateOf = async ({ tenant, id }: Pick<Claim, 'tenant' | 'id'>) =>
      (await jobs.get(tenant, id))?.state;
    const model = (owner: string, id: string): Change => ({
      type: 'create',
      key: { kind: 'model', tenant: owner, id },
      state: null,
      body: {},
    });

    test('ten workers take each of thirty jobs once', async () => {
      const owner = tenant();
      for (let job = 0; job < 30; job++) await jobs.create(owner, tinyRequest());
      const taken: string[] = [];
      const work = async (worker: string) => {
        for (let misses = 0; misses < 3; ) {
          const next = await jobs.claim(worker);
          if (!next) misses++;
          else {
            taken.push(next.claim.id);
            await jobs.finish(next.claim, { state: 'succeeded' }, [], patience);
          }
        }
      };
      await Promise.all(Array.from({ length: 10 }, (_, index) => work(`worker-${index}`)));
      expect(taken).toHaveLength(30);
      expect(new Set(taken).size).toBe(30);
      const rows = await jobs.list(owner, { order: 'oldest', limit: 50 });
      expect(rows.every(({ state, body }) => state === 'succeeded' && body.attempt === 1)).toBe(true);
      for (const row of rows) expect(await typesOf(row)).toEqual(['queued', 'running', 'succeeded']);
    });

    test('takes the oldest first, and says how many are before', async () => {
      const owner = tenant();
      const rows: JobRow[] = [];
      for (let job = 0; job < 3; job++) rows.push(await jobs.create(owner, tinyRequest()));
      rows.sort((a, b) => a.createdAt - b.createdAt || (a.id < b.id ? -1 : 1));
      expect(await Promise.all(rows.map((row) => jobs.queuePosition(row)))).toEqual([0, 1, 2]);
      for (const { id } of rows) {
        const next = await jobs.claim('worker');
        expect(next?.claim.id).toBe(id);
        if (next) await jobs.finish(next.claim, { state: 'cancelled' }, [], patience);
      }
      expect(await jobs.claim('worker')).toBeNull();
    });

    test('says of a whole list how many are before each, with other tenants in between', async () => {
      const [one, other] = [tenant(), tenant()];
      const owners = [one, one, other, one, one, one, other, other, one];
      const rows: JobRow[] = [];
      for (const owner of owners) rows.push(await jobs.create(owner, tinyRequest()));
      const mine = rows.filter((row) => row.tenant === one);
      const { claim } = (await jobs.claim('worker'))!;
      const positions = await jobs.queuePositions(await jobs.list(one, { order: 'newest', limit: 10 }));
      expect([...positions].sort()).toEqual(
        (
          await Promise.all(
            mine.map(async (row) => [row.id, await jobs.queuePosition((await jobs.get(one, row.id))!)]),
          )
        )
          .filter(([, position]) => position !== null)
          .sort(),
      );
      expect(positions.has(claim.id)).toBe(false);
      for (const row of rows) await jobs.wish(row.tenant, row.id, 'cancel');
      await jobs.finish(claim, { state: 'cancelled' }, [], patience);
    });

    test('a worker that slept can write nothing once another has its job', async () => {
      const { claim: old, row } = await claimed();
      expect(await jobs.giveBack(row)).toBe(true);
      const next = await jobs.claim('another');
      expect(next?.claim).toEqual({ ...old, attempt: 2 });
      await expect(jobs.beat(old, [{ type: 'late' }], null, patience)).rejects.toThrow(ClaimLost);
      await expect(
        jobs.finish(old, { state: 'succeeded', model: 'late' }, [], patience, [model(old.tenant, 'late')]),
      ).rejects.toThrow(ClaimLost);
      expect(await records.get({ kind: 'model', tenant: old.tenant, id: 'late' })).toBeNull();
      await jobs.finish(next!.claim, { state: 'succeeded', model: 'one' }, [], patience, [
        model(old.tenant, 'one'),
      ]);
      await expect(jobs.finish(old, { state: 'failed' }, [], patience)).rejects.toThrow(ClaimLost);
      expect(await stateOf(old)).toBe('succeeded');
      expect(await typesOf(old)).toEqual(['queued', 'running', 'requeued', 'running', 'succeeded']);
    });

    test('takes no job from a worker that was heard since', async () => {
      const { claim, row } = await claimed();
      await jobs.beat(claim, [], null, patience);
      expect(await jobs.giveBack(row)).toBe(false);
      const [running] = await jobs.running();
      expect(running?.id).toBe(claim.id);
      expect(await jobs.giveBack(running!)).toBe(true);
      expect(await jobs.giveBack(running!)).toBe(false);
      await jobs.wish(claim.tenant, claim.id, 'cancel');
    });

    test(`a job under which ${mostLosses} workers stopped fails; drains don't count`, async () => {
      const { claim: first } = await claimed();
      let claim: Claim = first;
      const again = async () => {
        claim = (await jobs.claim('worker'))!.claim;
      };
      for (let drain = 0; drain < mostLosses; drain++) {
        await jobs.finish(claim, { state: 'queued' }, [], patience);
        await again();
      }
      for (let loss = 1; loss < mostLosses; loss++) {
        await jobs.giveBack((await jobs.get(claim.tenant, claim.id))!);
        await again();
      }
      await jobs.giveBack((await jobs.get(claim.tenant, claim.id))!);
      const row = await jobs.get(claim.tenant, claim.id);
      expect(row).toMatchObject({ state: 'failed', body: { error: { code: 'job/lost' }, lease: null } });
    });

    const wishes: readonly (readonly [JobState, 'pause' | 'resume' | 'cancel', JobState, string | null])[] = [
      ['queued', 'cancel', 'cancelled', null],
      ['queued', 'pause', 'paused', null],
      ['queued', 'resume', 'queued', null],
      ['paused', 'cancel', 'cancelled', null],
      ['paused', 'pause', 'paused', null],
      ['paused', 'resume', 'queued', null],
      ['running', 'cancel', 'running', 'cancel'],
      ['running', 'pause', 'running', 'pause'],
      ['running', 'resume', 'running', null],
      ...(['succeeded', 'failed', 'cancelled'] as const).flatMap((state) =>
        (['cancel', 'pause', 'resume'] as const).map((wish) => [state, wish, state, null] as const),
      ),
    ];
    test.each(wishes)('a job that is %s, told to %s, is %s', async (from, wish, to, noted) => {
      const { claim } = await claimed();
      if (from !== 'running') await jobs.finish(claim, { state: from }, [], patience);
      const row = await jobs.wish(claim.tenant, claim.id, wish);
      expect(row).toMatchObject({ state: to, body: { wish: noted } });
      if (to === 'running') await jobs.finish(claim, { state: 'cancelled' }, [], patience);
      else await jobs.wish(claim.tenant, claim.id, 'cancel');
    });

    test('a pause can be taken back while it runs, a cancel cannot', async () => {
      const { claim } = await claimed();
      const told = async (wish: 'pause' | 'resume' | 'cancel') =>
        (await jobs.wish(claim.tenant, claim.id, wish))?.body.wish;
      expect([await told('pause'), await told('resume')]).toEqual(['pause', null]);
      expect([await told('cancel'), await told('pause'), await told('resume')]).toEqual(
        Array(3).fill('cancel'),
      );
      await jobs.giveBack((await jobs.get(claim.tenant, claim.id))!);
      expect(await stateOf(claim)).toBe('cancelled');
    });

    test('wishes and beats at the same time are all kept', async () => {
      const { claim } = await claimed();
      const beats = Array.from({ length: 10 }, (_, index) =>
        jobs.beat(claim, [{ type: 'step', index }], null, patience),
      );
      await Promise.all([...beats, jobs.wish(claim.tenant, claim.id, 'cancel')]);
      const row = await jobs.get(claim.tenant, claim.id);
      expect(row?.body).toMatchObject({ wish: 'cancel', lease: { beat: 11 } });
      expect((await typesOf(claim)).filter((type) => type === 'step')).toHaveLength(10);
      await jobs.finish(claim, { state: 'cancelled' }, [], patience);
    });

    test('a commit of which nobody heard is not made twice', async () => {
      const { claim } = await claimed();
      records.commitFaults.push('made-unheard', 'away', 'made-unheard');
      await jobs.beat(claim, [{ type: 'one' }], null, patience);
      await jobs.beat(claim, [{ type: 'two' }], null, patience);
      expect((await jobs.get(claim.tenant, claim.id))?.body.lease?.beat).toBe(3);
      records.commitFaults.push('made-unheard');
      const end = { state: 'succeeded', model: 'only' } as const;
      const row = await jobs.finish(claim, end, [], patience, [model(claim.tenant, 'only')]);
      expect(row).toMatchObject({ state: 'succeeded', body: { model: 'only' } });
      expect(await typesOf(claim)).toEqual(['queued', 'running', 'one', 'two', 'succeeded']);
    });

    test('waits for a store that is away, until it is told not to', async () => {
      const { claim } = await claimed();
      records.awayReads = 2;
      records.commitFaults.push('away');
      await jobs.beat(claim, [{ type: 'one' }], null, patience);
      expect(await typesOf(claim)).toEqual(['queued', 'running', 'one']);
      records.awayReads = Number.POSITIVE_INFINITY;
      const hurry = AbortSignal.timeout(200);
      await expect(jobs.finish(claim, { state: 'queued' }, [], { signal: hurry })).rejects.toThrow(
        'to answer',
      );
      records.awayReads = 0;
      await jobs.finish(claim, { state: 'cancelled' }, [], patience);
    });

    test('a model whose name is taken ends nothing', async () => {
      const { claim } = await claimed();
      await records.commit([model(claim.tenant, 'taken')]);
      const end = { state: 'succeeded', model: 'taken' } as const;
      await expect(jobs.finish(claim, end, [], patience, [model(claim.tenant, 'taken')])).rejects.toThrow(
        RowConflict,
      );
      expect(await stateOf(claim)).toBe('running');
      await jobs.finish(claim, { state: 'cancelled' }, [], patience);
    });
  });
}
