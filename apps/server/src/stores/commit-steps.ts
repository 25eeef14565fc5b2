import { GraftError } from '@graft/core';
import { type Change, type Row, RowConflict } from './records.js';
import type { SqlSteps, SqlValue } from './sql-steps.js';
import { checkNames, toJson } from './storable.js';

/** Entries per INSERT: 2 + 2 x 100 values, below SQLite's 32,766 and PostgreSQL's 65,535. */
const BATCH = 100;

type Create = Extract<Change, { type: 'create' }>;
type Update = Extract<Change, { type: 'update' }>;
type Remove = Extract<Change, { type: 'remove' }>;

/**
 * What `Records.commit` does inside its transaction.
 *
 * Every commit takes its row locks in the same order, whatever the order of its changes, so that two commits never
 * wait for each other in a circle. Changes of one row or stream stay in their order.
 */
export function* commitSteps(changes: readonly Change[], now: number): SqlSteps<Row[]> {
  const rows: (Row | undefined)[] = changes.map(() => undefined);
  for (const { change, index } of inLockOrder(changes)) {
    if (change.type === 'create') rows[index] = yield* create(change, now);
    else if (change.type === 'update') rows[index] = yield* update(change, now);
    else if (change.type === 'remove') yield* remove(change);
    else if (change.type === 'append') yield* append(change.stream, change.entries, now);
    else yield { sql: 'DELETE FROM graft_streams WHERE stream = $1', values: [change.stream] };
  }
  return rows.filter((row) => row !== undefined);
}

/** @throws GraftError `usage/row-key` before anything is asked of the database */
export function checkChanges(changes: readonly Change[]): void {
  for (const change of changes) {
    checkNames(namesOf(change));
    if ('state' in change && change.state !== null) checkNames([change.state]);
    if (change.type !== 'create' || change.createdAt === undefined) continue;
    if (Number.isSafeInteger(change.createdAt)) continue;
    throw new GraftError(
      'usage/row-key',
      `Expected whole milliseconds since 1970. Received ${change.createdAt}.`,
    );
  }
}

function inLockOrder(changes: readonly Change[]): { change: Change; index: number }[] {
  return changes
    .map((change, index) => ({ change, index, lock: namesOf(change).join('\0') }))
    .toSorted((a, b) => namesOf(b.change).length - namesOf(a.change).length || compare(a.lock, b.lock));
}

/** Three names of a row, one of a stream. */
function namesOf(change: Change): string[] {
  return 'stream' in change ? [change.stream] : [change.key.kind, change.key.tenant, change.key.id];
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function* create(change: Create, now: number): SqlSteps<Row> {
  const { kind, tenant, id } = change.key;
  const { state, createdAt = now } = change;
  const body = toJson(change.body);
  const [created] = yield {
    sql:
      'INSERT INTO graft_rows (kind, tenant, id, version, state, created_at, updated_at, body) ' +
      'VALUES ($1, $2, $3, 1, $4, $5, $6, $7) ON CONFLICT DO NOTHING RETURNING version',
    values: [kind, tenant, id, state, createdAt, now, body],
  };
  if (!created) throw new RowConflict(change.key);
  return { kind, tenant, id, version: 1, state, createdAt, updatedAt: now, body: JSON.parse(body) };
}

function* update(change: Update, now: number): SqlSteps<Row> {
  const { kind, tenant, id } = change.key;
  const { state, ifVersion } = change;
  const body = toJson(change.body);
  const [updated] = yield {
    sql:
      'UPDATE graft_rows SET version = version + 1, state = $1, updated_at = $2, body = $3 ' +
      'WHERE kind = $4 AND tenant = $5 AND id = $6 AND version = $7 RETURNING created_at',
    values: [state, now, body, kind, tenant, id, ifVersion],
  };
  if (!updated) throw new RowConflict(change.key);
  const createdAt = Number(updated.created_at);
  return {
    kind,
    tenant,
    id,
    version: ifVersion + 1,
    state,
    createdAt,
    updatedAt: now,
    body: JSON.parse(body),
  };
}

function* remove({ key, ifVersion }: Remove): SqlSteps<void> {
  const [removed] = yield {
    sql: 'DELETE FROM graft_rows WHERE kind = $1 AND tenant = $2 AND id = $3 AND version = $4 RETURNING version',
    values: [key.kind, key.tenant, key.id, ifVersion],
  };
  if (!removed) throw new RowConflict(key);
}

/** Whoever appends holds the row of its stream until the commit: numbers come without gaps and in order of commit. */
function* append(stream: string, entries: readonly unknown[], now: number): SqlSteps<void> {
  if (entries.length === 0) return;
  const [counter] = yield {
    sql:
      'INSERT INTO graft_streams (stream, last) VALUES ($1, $2) ' +
      'ON CONFLICT (stream) DO UPDATE SET last = graft_streams.last + excluded.last RETURNING last',
    values: [stream, entries.length],
  };
  const first = Number(counter?.last) - entries.length + 1;
  for (let start = 0; start < entries.length; start += BATCH) {
    const values: SqlValue[] = [stream, now];
    const tuples = entries.slice(start, start + BATCH).map((entry, offset) => {
      const sequence = values.push(first + start + offset);
      return `($1, $2, $${sequence}, $${values.push(toJson(entry))})`;
    });
    yield {
      sql: `INSERT INTO graft_history (stream, at, sequence, body) VALUES ${tuples.join(', ')}`,
      values,
    };
  }
}
