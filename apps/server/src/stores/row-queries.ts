import type { HistoryEntry, Row, RowKey, RowPage, RowPosition, RowQuery } from './records.js';
import { placeholders, type SqlRow, type Statement } from './sql-steps.js';

const columns = 'kind, tenant, id, version, state, created_at, updated_at, body';

export function getQuery({ kind, tenant, id }: RowKey): Statement {
  return {
    sql: `SELECT ${columns} FROM graft_rows WHERE kind = $1 AND tenant = $2 AND id = $3`,
    values: [kind, tenant, id],
  };
}

/**
 * One SELECT for each state: the database merges what it reads in order from an index, and stops at the limit. For
 * `state IN (...)` SQLite would go through all rows by time.
 */
export function listQuery(query: RowQuery, { order, limit, after }: RowPage): Statement {
  const { values, place } = placeholders();
  const states = query.states && [...new Set(query.states)];
  const parts = states?.length ? states.map((state) => ({ ...query, states: [state] })) : [query];
  const selects = parts.map((part) => {
    const conditions = rowConditions(part, place);
    if (after) conditions.push(beyond(after, order === 'oldest' ? '>' : '<', place));
    return `SELECT ${columns} FROM graft_rows WHERE ${conditions.join(' AND ')}`;
  });
  const direction = order === 'oldest' ? 'ASC' : 'DESC';
  const ordered = ['created_at', 'id', 'tenant'].map((column) => `${column} ${direction}`).join(', ');
  return { sql: `${selects.join(' UNION ALL ')} ORDER BY ${ordered} LIMIT ${place(limit)}`, values };
}

export function countQuery(query: RowQuery & { readonly before?: RowPosition }): Statement {
  const { values, place } = placeholders();
  const conditions = rowConditions(query, place);
  if (query.before) conditions.push(beyond(query.before, '<', place));
  return { sql: `SELECT count(*) AS count FROM graft_rows WHERE ${conditions.join(' AND ')}`, values };
}

export function historyQuery(stream: string, after: number, limit: number): Statement {
  return {
    sql: 'SELECT sequence, at, body FROM graft_history WHERE stream = $1 AND sequence > $2 ORDER BY sequence LIMIT $3',
    values: [stream, after, limit],
  };
}

type Place = ReturnType<typeof placeholders>['place'];

function rowConditions({ kind, tenant, states }: RowQuery, place: Place): string[] {
  const conditions = [`kind = ${place(kind)}`];
  if (tenant !== undefined) conditions.push(`tenant = ${place(tenant)}`);
  if (states) conditions.push(states.length === 0 ? 'FALSE' : `state IN (${states.map(place).join(', ')})`);
  return conditions;
}

function beyond({ createdAt, id, tenant }: RowPosition, sign: '<' | '>', place: Place): string {
  const place3 = [createdAt, id, ...(tenant === undefined ? [] : [tenant])].map(place);
  return `(${['created_at', 'id', 'tenant'].slice(0, place3.length).join(', ')}) ${sign} (${place3.join(', ')})`;
}

/** PostgreSQL's driver answers 64-bit numbers as text; all of ours are below 2^53. */
export function toRow<Body>(row: SqlRow): Row<Body> {
  return {
    kind: row.kind as string,
    tenant: row.tenant as string,
    id: row.id as string,
    version: Number(row.version),
    state: row.state as string | null,
    createdAt: Number(row.created_at),
    updatedAt: Number(row.updated_at),
    body: JSON.parse(row.body as string) as Body,
  };
}

export function toEntry({ sequence, at, body }: SqlRow): HistoryEntry {
  return { sequence: Number(sequence), at: Number(at), body: JSON.parse(body as string) as unknown };
}
