import { GraftError } from '@graft/core';
import type { SqlSteps } from '../sql-steps.js';
import type { Migration } from './migration.js';

/**
 * Brings the schema up to date, inside a transaction that no other server runs at the same time. Goes forward only.
 *
 * @throws GraftError `usage/schema-newer` if a newer server was here, `usage/schema-changed` if a migration that was
 *   made is not the one that this server knows
 */
export function* migrateSteps(migrations: readonly Migration[], now: number): SqlSteps<void> {
  yield {
    sql: `CREATE TABLE IF NOT EXISTS graft_migrations (
      name TEXT NOT NULL PRIMARY KEY, sha256 TEXT NOT NULL, applied_at BIGINT NOT NULL
    )`,
    values: [],
  };
  const rows = yield { sql: 'SELECT name, sha256 FROM graft_migrations', values: [] };
  const made = new Map(rows.map(({ name, sha256 }) => [name as string, sha256 as string]));
  checkMade(made, migrations);
  for (const { name, statements, sha256 } of migrations) {
    if (made.has(name)) continue;
    for (const sql of statements) yield { sql, values: [] };
    yield {
      sql: 'INSERT INTO graft_migrations (name, sha256, applied_at) VALUES ($1, $2, $3)',
      values: [name, sha256, now],
    };
  }
}

function checkMade(made: ReadonlyMap<string, string>, migrations: readonly Migration[]): void {
  const known = new Map(migrations.map(({ name, sha256 }) => [name, sha256]));
  for (const [name, sha256] of made) {
    if (!known.has(name)) {
      throw new GraftError(
        'usage/schema-newer',
        `Expected a store that this server or an older one made. Received one with the migration "${name}".`,
        {
          hint: 'Start the newer server, or restore the backup from before it.',
          details: { migration: name },
        },
      );
    }
    if (known.get(name) !== sha256) {
      throw new GraftError(
        'usage/schema-changed',
        `Expected the migration "${name}" with the SHA-256 ${known.get(name)}. Received a store made with ${sha256}.`,
        {
          hint: 'Start the server that made this store; a migration must not change once it is released.',
          details: { migration: name },
        },
      );
    }
  }
}
