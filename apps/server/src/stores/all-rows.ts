import { type Records, type Row, RowConflict, type RowQuery } from './records.js';

const pageSize = 500;

/**
 * Every row of a kind, oldest first, a page at a time. Rows that come or go meanwhile may or may not be among them.
 *
 * @example
 * for await (const row of allRows<Job>(records, { kind: 'job' })) count(row.state);
 */
export async function* allRows<Body>(records: Records, query: RowQuery): AsyncGenerator<Row<Body>> {
  let after: Row | null = null;
  for (;;) {
    const page: Row<Body>[] = await records.list<Body>(query, {
      order: 'oldest',
      limit: pageSize,
      ...(after && { after: { createdAt: after.createdAt, id: after.id, tenant: after.tenant } }),
    });
    yield* page;
    after = page.at(-1) ?? null;
    if (page.length < pageSize) return;
  }
}

/** For `catch` of a removal: whoever was faster did the same. */
export function unlessGone(error: unknown): void {
  if (!(error instanceof RowConflict)) throw error;
}
