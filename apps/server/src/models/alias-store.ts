import { Problem } from '../http/problem.js';
import type { Records, Row, RowPage } from '../stores/records.js';
import type { Alias } from './model.js';

export type AliasRow = Row<Alias>;

/** Second names of models, such as `production`. Moving one is how a new model takes over: no request fails. */
export class AliasStore {
  readonly #records: Records;

  constructor(records: Records) {
    this.#records = records;
  }

  /** @throws Problem 404 */
  async get(tenant: string, id: string, field = 'alias'): Promise<AliasRow> {
    const row = await this.find(tenant, id);
    if (!row) throw new Problem(404, 'not-found', `Expected an alias. Received "${id}", which is none.`, { field });
    return row;
  }

  find(tenant: string, id: string): Promise<AliasRow | null> {
    return this.#records.get<Alias>({ kind: 'alias', tenant, id });
  }

  list(tenant: string, page: RowPage): Promise<AliasRow[]> {
    return this.#records.list<Alias>({ kind: 'alias', tenant }, page);
  }

  /** @param before as it was read; null: it is new */
  async set(tenant: string, id: string, model: string, before: AliasRow | null): Promise<AliasRow> {
    const key = { kind: 'alias', tenant, id };
    const body: Alias = { model };
    const [row] = await this.#records.commit([
      before
        ? { type: 'update', key, ifVersion: before.version, state: null, body }
        : { type: 'create', key, state: null, body },
    ]);
    return row as AliasRow;
  }

  async remove({ kind, tenant, id, version }: AliasRow): Promise<void> {
    await this.#records.commit([{ type: 'remove', key: { kind, tenant, id }, ifVersion: version }]);
  }
}
