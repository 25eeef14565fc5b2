import { checkChanges, commitSteps } from './commit-steps.js';
import type {
  Change,
  HistoryEntry,
  Records,
  Row,
  RowKey,
  RowPage,
  RowPosition,
  RowQuery,
} from './records.js';
import { countQuery, getQuery, historyQuery, listQuery, toEntry, toRow } from './row-queries.js';
import type { SqlDatabase } from './sql-steps.js';
import { storable } from './storable.js';

/** Records on any database that speaks our SQL. A name that nothing can be stored under is answered as not there. */
export class SqlRecords implements Records {
  readonly #database: SqlDatabase;

  constructor(database: SqlDatabase) {
    this.#database = database;
  }

  async get<Body>(key: RowKey): Promise<Row<Body> | null> {
    if (![key.kind, key.tenant, key.id].every(storable)) return null;
    const [row] = await this.#database.read(getQuery(key));
    return row ? toRow(row) : null;
  }

  async list<Body>(query: RowQuery, page: RowPage): Promise<Row<Body>[]> {
    if (!namesIn(query, page.after).every(storable)) return [];
    return (await this.#database.read(listQuery(query, page))).map((row) => toRow<Body>(row));
  }

  async count(query: RowQuery & { readonly before?: RowPosition }): Promise<number> {
    if (!namesIn(query, query.before).every(storable)) return 0;
    const [row] = await this.#database.read(countQuery(query));
    return Number(row?.count);
  }

  async commit(changes: readonly Change[]): Promise<Row[]> {
    checkChanges(changes);
    if (changes.length === 0) return [];
    return this.#database.write(() => commitSteps(changes, Date.now()));
  }

  async history(stream: string, after: number, limit: number): Promise<HistoryEntry[]> {
    if (!storable(stream)) return [];
    return (await this.#database.read(historyQuery(stream, after, limit))).map(toEntry);
  }

  async ping(): Promise<void> {
    await this.#database.read({ sql: 'SELECT 1', values: [] });
  }

  close(): Promise<void> {
    return this.#database.close();
  }
}

function namesIn({ kind, tenant, states }: RowQuery, position: RowPosition | undefined): string[] {
  const optional = [tenant, position?.id, position?.tenant].filter((name) => name !== undefined);
  return [kind, ...(states ?? []), ...optional];
}
