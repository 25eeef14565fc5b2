import { expect, test } from 'vitest';
import type { Change, Records, Row, RowQuery } from '../records.js';
import { create, keyOf, newKind, remove } from './row-changes.js';

/** Lists, pages and counts of rows. */
export function describePages(current: () => Records): void {
  /** All pages one after the other; `between` happens before each further one. */
  async function allPages(
    query: RowQuery,
    order: 'oldest' | 'newest',
    limit: number,
    between: (page: readonly Row[]) => Promise<unknown> = async () => {},
  ): Promise<Row[]> {
    const rows: Row[] = [];
    for (;;) {
      const after = rows.at(-1);
      const page = await current().list(query, { order, limit, ...(after && { after }) });
      rows.push(...page);
      if (page.length < limit) return rows;
      await between(page);
    }
  }

  const ids = (rows: readonly Row[]) => rows.map(({ id }) => id);

  function at(
    createdAt: number,
    kind: string,
    id: string,
    tenant = 'ada',
    state: string | null = null,
  ): Change {
    return { type: 'create', key: keyOf(kind, id, tenant), state, body: {}, createdAt };
  }

  test('lists by time of creation, then by the bytes of the id', async () => {
    const kind = newKind();
    const changes = [
      at(3, kind, 'a'),
      at(2, kind, 'ä'),
      at(2, kind, 'b'),
      at(2, kind, 'B'),
      at(2, kind, 'z-'),
      at(2, kind, 'z_'),
      at(1, kind, 'z'),
    ];
    await current().commit(changes);
    const expected = ['z', 'B', 'b', 'z-', 'z_', 'ä', 'a'];
    expect(ids(await allPages({ kind, tenant: 'ada' }, 'oldest', 2))).toEqual(expected);
    expect(ids(await allPages({ kind, tenant: 'ada' }, 'newest', 3))).toEqual(expected.toReversed());
  });

  test('filters by any of several states', async () => {
    const kind = newKind();
    const states = ['queued', 'running', 'done', null];
    await current().commit(states.map((state, i) => at(i, kind, `row-${i}`, 'ada', state)));
    const list = (filter: string[]) => allPages({ kind, states: filter }, 'oldest', 10);
    expect(ids(await list(['queued', 'done']))).toEqual(['row-0', 'row-2']);
    expect(ids(await list(['done', 'queued', 'done']))).toEqual(['row-0', 'row-2']);
    const newest = await allPages({ kind, states: ['queued', 'running', 'done'] }, 'newest', 2);
    expect(ids(newest)).toEqual(['row-2', 'row-1', 'row-0']);
    expect(ids(await list(['other']))).toEqual([]);
    expect(ids(await list([]))).toEqual([]);
    expect(await current().count({ kind, tenant: 'ada', states: ['running', 'queued'] })).toBe(2);
    expect(await current().count({ kind, states: [] })).toBe(0);
    expect(await current().count({ kind })).toBe(4);
  });

  test('goes through rows of all tenants, also where id and time are the same', async () => {
    const kind = newKind();
    const tenants = ['ada', 'bob', 'cy', 'di', 'eve'];
    await current().commit(
      tenants.flatMap((tenant) => [at(5, kind, 'same', tenant), at(6, kind, 'b', tenant)]),
    );
    for (const order of ['oldest', 'newest'] as const) {
      const rows = await allPages({ kind }, order, 3);
      expect(rows).toHaveLength(10);
      expect(new Set(rows.map(({ tenant, id }) => `${tenant}/${id}`)).size).toBe(10);
    }
  });

  test.each(['oldest', 'newest'] as const)(
    'pages from the %s show each row once while rows are added and removed',
    async (order) => {
      const kind = newKind();
      await current().commit(Array.from({ length: 30 }, (_, i) => at(100 + i, kind, `row-${i}`)));
      let added = 0;
      const rows = await allPages({ kind, tenant: 'ada' }, order, 4, async (page) => {
        const last = page.at(-1)!;
        await current().commit([
          remove(keyOf(kind, last.id), last.version), // the next page starts behind a row that is gone
          at(1_000 + ++added, kind, `new-${added}`),
          at(1 + added, kind, `old-${added}`),
        ]);
      });
      expect(new Set(ids(rows)).size).toBe(rows.length);
      expect(ids(rows).filter((id) => id.startsWith('row-'))).toHaveLength(30);
    },
  );

  test('counts what is older than a row, which may be gone', async () => {
    const kind = newKind();
    await current().commit([at(1, kind, 'a'), at(2, kind, 'b'), at(2, kind, 'c'), at(3, kind, 'd')]);
    await current().commit([create(keyOf(kind, 'later'), {}, 'queued')]);
    const count = (createdAt: number, id: string) => current().count({ kind, before: { createdAt, id } });
    expect(
      await Promise.all([count(1, 'a'), count(2, 'b'), count(2, 'c'), count(2, 'zz'), count(9, 'x')]),
    ).toEqual([0, 1, 2, 3, 4]);
  });
}
