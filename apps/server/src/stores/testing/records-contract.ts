import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Change, type Records, RowConflict, type RowKey } from '../records.js';
import { describeHistory } from './history-contract.js';
import { describePages } from './paging-contract.js';
import { create, keyOf, newKind, remove, update } from './row-changes.js';

/** A store under test, which its tests share; each of them keeps to a kind and streams of its own. */
export interface RecordsUnderTest {
  readonly records: Records;
  /** Closes the store and opens it again: what was committed must still be there. */
  reopen(): Promise<Records>;
  close(): Promise<void>;
}

/** What every implementation of Records must do. */
export function describeRecords(name: string, open: () => Promise<RecordsUnderTest>): void {
  describe(name, () => {
    let store: RecordsUnderTest;
    let records: Records;
    beforeAll(async () => {
      store = await open();
      records = store.records;
    });
    afterAll(() => store?.close());

    test('creates, reads, changes and removes a row', async () => {
      const key = keyOf(newKind(), 'one');
      expect(await records.get(key)).toBeNull();
      const before = Date.now();
      const [created] = await records.commit([create(key, { size: 1 }, 'queued')]);
      expect(created).toMatchObject({ ...key, version: 1, state: 'queued', body: { size: 1 } });
      expect(created?.createdAt).toBeGreaterThanOrEqual(before);
      expect(created?.updatedAt).toBe(created?.createdAt);
      expect(await records.get(key)).toEqual(created);

      const [updated] = await records.commit([
        { type: 'update', key, ifVersion: 1, state: null, body: { size: 2 } },
      ]);
      expect(updated).toMatchObject({ version: 2, state: null, body: { size: 2 } });
      expect(updated?.createdAt).toBe(created?.createdAt);
      expect(await records.get(key)).toEqual(updated);

      expect(await records.commit([{ type: 'remove', key, ifVersion: 2 }])).toEqual([]);
      expect(await records.get(key)).toBeNull();
    });

    test('keeps the time of creation that it is given', async () => {
      const key = keyOf(newKind(), 'old');
      await records.commit([{ ...create(key), createdAt: 1_000 } as Change]);
      expect((await records.get(key))?.createdAt).toBe(1_000);
    });

    test.each([
      ['to create a row that is there', (key: RowKey) => create(key)],
      ['to change another version', (key: RowKey) => update(key, 2)],
      ['to change a row that is not there', (key: RowKey) => update({ ...key, id: 'none' }, 1)],
      ['to remove another version', (key: RowKey) => remove(key, 2)],
      ['to remove a row that is not there', (key: RowKey) => remove({ ...key, id: 'none' }, 1)],
    ])('refuses %s, and does nothing else of the commit', async (_, wrong) => {
      const key = keyOf(newKind(), 'here');
      const [row] = await records.commit([create(key, 'before')]);
      const other = keyOf(key.kind, 'other');
      const stream = `${key.kind}/events`;
      const rest: Change[] = [create(other), { type: 'append', stream, entries: ['a'] }];
      for (const changes of [
        [...rest, wrong(key)],
        [wrong(key), ...rest],
      ]) {
        const refusal = await records.commit(changes).catch((error: unknown) => error);
        expect(refusal).toBeInstanceOf(RowConflict);
        expect((refusal as RowConflict).key).toMatchObject({ kind: key.kind, tenant: 'ada' });
      }
      expect(await records.get(key)).toEqual(row);
      expect(await records.get(other)).toBeNull();
      expect(await records.history(stream, 0, 10)).toEqual([]);
    });

    test('answers the rows in the order of the changes', async () => {
      const kind = newKind();
      await records.commit([create(keyOf(kind, 'b')), create(keyOf(kind, 'x'))]);
      const rows = await records.commit([
        create(keyOf(kind, 'z')),
        remove(keyOf(kind, 'x'), 1),
        update(keyOf(kind, 'b'), 1),
        create(keyOf(kind, 'a')),
      ]);
      expect(rows.map(({ id }) => id)).toEqual(['z', 'b', 'a']);
    });

    test('makes several changes of one row in their order', async () => {
      const key = keyOf(newKind(), 'again');
      await records.commit([create(key, 1)]);
      const rows = await records.commit([update(key, 1), remove(key, 2), create(key, 3)]);
      expect(rows.map(({ version }) => version)).toEqual([2, 1]);
      expect(await records.get(key)).toEqual(rows[1]);
    });

    test('lets one of 50 racing updaters win each version', async () => {
      const key = keyOf(newKind(), 'raced');
      await records.commit([create(key, 'nobody')]);
      for (let version = 1; version <= 5; version++) {
        const racers = Array.from({ length: 50 }, (_, racer) =>
          records.commit([{ type: 'update', key, ifVersion: version, state: null, body: racer }]),
        );
        const ends = await Promise.allSettled(racers);
        const won = ends.flatMap((end) => (end.status === 'fulfilled' ? end.value : []));
        expect(won).toHaveLength(1);
        expect(won[0]?.version).toBe(version + 1);
        const lost = ends.flatMap((end) => (end.status === 'rejected' ? [end.reason] : []));
        expect(lost.every((reason) => reason instanceof RowConflict)).toBe(true);
        expect(await records.get(key)).toEqual(won[0]);
      }
    });

    test('lets one of 50 racing creators win', async () => {
      const key = keyOf(newKind(), 'raced');
      const ends = await Promise.allSettled(
        Array.from({ length: 50 }, (_, racer) => records.commit([create(key, racer)])),
      );
      expect(ends.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    });

    test('keeps a sum over rows that many move at once, in whatever order they name them', async () => {
      const kind = newKind();
      const keys = ['a', 'b', 'c', 'd'].map((id) => keyOf(kind, id));
      await records.commit(keys.map((key) => create(key, 100)));
      const move = async (from: RowKey, to: RowKey): Promise<void> => {
        const [a, b] = await Promise.all([records.get<number>(from), records.get<number>(to)]);
        const changes = [update(from, a!.version, a!.body - 1), update(to, b!.version, b!.body + 1)];
        await records.commit(changes).catch((error: unknown) => {
          if (!(error instanceof RowConflict)) throw error;
          return move(from, to);
        });
      };
      const movers = Array.from({ length: 16 }, async (_, mover) => {
        for (let turn = 0; turn < 5; turn++) {
          const from = (mover + turn) % 4;
          await move(keys[from]!, keys[(from + 1 + (mover % 3)) % 4]!);
        }
      });
      await Promise.all(movers);
      const rows = await records.list<number>({ kind }, { order: 'oldest', limit: 10 });
      expect(rows.reduce((sum, { body }) => sum + body, 0)).toBe(400);
    });

    test('does not show rows of one tenant to another', async () => {
      const kind = newKind();
      await records.commit([
        create(keyOf(kind, 'same', 'ada'), 'A'),
        create(keyOf(kind, 'same', 'bob'), 'B'),
      ]);
      await records.commit([create(keyOf(kind, 'mine', 'ada'), 'A')]);
      expect((await records.get(keyOf(kind, 'same', 'bob')))?.body).toBe('B');
      expect(await records.get(keyOf(kind, 'mine', 'bob'))).toBeNull();
      const page = { order: 'oldest', limit: 10 } as const;
      expect((await records.list({ kind, tenant: 'bob' }, page)).map(({ body }) => body)).toEqual(['B']);
      expect(await records.list({ kind, tenant: 'ad' }, page)).toEqual([]);
      expect(await records.list({ kind, tenant: '%' }, page)).toEqual([]);
      expect(await records.count({ kind, tenant: 'ada' })).toBe(2);
      expect(await records.count({ kind })).toBe(3);
      await expect(records.commit([remove(keyOf(kind, 'mine', 'bob'), 1)])).rejects.toThrow(RowConflict);
    });

    test('keeps names and bodies of any script as they are', async () => {
      const kind = newKind();
      const ids = [
        'é',
        'e\u0301',
        'ß',
        'SS',
        'İ',
        '日本',
        '🚚',
        "'; DROP TABLE graft_rows; --",
        'a%_b',
        '$1',
        ' ',
      ];
      await records.commit(ids.map((id) => create(keyOf(kind, id, 'Ωλ'), { id })));
      for (const id of ids) expect((await records.get(keyOf(kind, id, 'Ωλ')))?.body).toEqual({ id });
      expect(await records.count({ kind, tenant: 'Ωλ' })).toBe(ids.length);

      const bodies = [
        'a\0b',
        '\ud800',
        { '': [null, true, 1e300, -0.1, 2 ** 53 - 1, '\u2028\u202e"\\'], __proto_: {} },
        JSON.parse('{"__proto__":{"x":1},"b":1,"a":2}'),
        null,
        [],
      ];
      const rows = await records.commit(
        bodies.map((body, index) => create(keyOf(kind, `body-${index}`), body)),
      );
      for (const [index, body] of bodies.entries()) {
        const stored = await records.get(keyOf(kind, `body-${index}`));
        expect(JSON.stringify(stored?.body)).toBe(JSON.stringify(body));
        expect(rows[index]).toEqual(stored);
      }
    });

    test.each([
      ['nothing', ''],
      ['NUL', 'a\0b'],
      ['half a character', 'a\ud800'],
      ['256 characters', 'x'.repeat(256)],
      ['100,000 characters', 'x'.repeat(100_000)],
    ])('refuses a name of %s and finds nothing under it', async (_, id) => {
      const kind = newKind();
      const key = keyOf(kind, id);
      await expect(records.commit([create(key)])).rejects.toMatchObject({ code: 'usage/row-key' });
      expect(await records.get(key)).toBeNull();
      expect(await records.list({ kind, tenant: id }, { order: 'oldest', limit: 1 })).toEqual([]);
      expect(await records.count({ kind, states: [id] })).toBe(0);
      expect(await records.history(id, 0, 1)).toEqual([]);
    });

    test('takes the longest names in every column', async () => {
      const longest = '字'.repeat(255);
      const key = keyOf(longest, longest, longest);
      await records.commit([create(key, {}, longest), { type: 'append', stream: longest, entries: [1] }]);
      expect((await records.get(key))?.state).toBe(longest);
      await records.commit([remove(key, 1), { type: 'forget', stream: longest }]);
    });

    test('refuses what is no JSON or no time', async () => {
      const key = keyOf(newKind(), 'x');
      await expect(records.commit([create(key, () => 1)])).rejects.toMatchObject({
        code: 'usage/row-body',
      });
      await expect(records.commit([{ ...create(key), createdAt: 1.5 } as Change])).rejects.toMatchObject({
        code: 'usage/row-key',
      });
      expect(await records.commit([])).toEqual([]);
    });

    test('keeps bodies of 8 MB', async () => {
      const key = keyOf(newKind(), 'big');
      const body = { text: 'äx'.repeat(2 ** 21), more: 'y'.repeat(2 ** 21) };
      await records.commit([create(key, body)]);
      expect((await records.get<typeof body>(key))?.body.text.length).toBe(2 ** 22);
      await records.commit([remove(key, 1)]);
    });

    describePages(() => records);
    describeHistory(() => records);

    test('answers a ping', async () => {
      await records.ping();
    });

    test('has everything after it was closed and opened', async () => {
      const key = keyOf(newKind(), 'kept');
      const stream = `${key.kind}/events`;
      const [row] = await records.commit([
        create(key, { kept: true }, 'done'),
        { type: 'append', stream, entries: [1, 2] },
      ]);
      records = await store.reopen();
      expect(await records.get(key)).toEqual(row);
      await records.commit([{ type: 'append', stream, entries: [3] }]);
      expect((await records.history(stream, 0, 10)).map(({ sequence }) => sequence)).toEqual([1, 2, 3]);
    });
  });
}
