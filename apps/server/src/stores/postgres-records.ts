import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { migrateSteps } from './migrations/migrate.js';
import { type Migration, migrationsFor } from './migrations/migration.js';
import { isContention, postgresError } from './postgres-errors.js';
import type { Records } from './records.js';
import { SqlRecords } from './sql-records.js';
import { runStepsAsync, type SqlDatabase, type SqlRow, type SqlSteps, type Statement } from './sql-steps.js';
import { StoreUnavailable } from './store-unavailable.js';

export interface PostgresOptions {
  /** Connections that one process holds at most. */
  readonly connections?: number;
  /** Longest wait for a connection, milliseconds. */
  readonly connectMs?: number;
  /** Longest wait for a statement, milliseconds: PostgreSQL gives it up then, and so do we a second later. */
  readonly statementMs?: number;
}

/** Locks are taken in one order, so that contention is rare; each attempt waits up to twice as long as the last. */
const ATTEMPTS = 8;
/** Any number that nobody else uses in this database: "graft" as ASCII. */
const MIGRATION_LOCK = 0x67_72_61_66_74;
const MIGRATION_MS = 300_000;

/**
 * Rows in a PostgreSQL database (14 or newer) that any number of servers share. While it cannot be reached, every call
 * throws StoreUnavailable within `connectMs` or `statementMs`; connections come back by themselves.
 *
 * @param url `postgres://user:password@host:port/database`; the tables are named `graft_*`
 * @throws StoreUnavailable, GraftError `usage/database-refused`, `usage/schema-*`
 *
 * @example
 * const records = await openPostgresRecords('postgres://graft@localhost/graft');
 */
export async function openPostgresRecords(
  url: string,
  options: PostgresOptions = {},
  migrations: readonly Migration[] = migrationsFor('postgres'),
): Promise<Records> {
  const database = new PostgresDatabase(url, options);
  try {
    await database.migrate(migrations);
    return new SqlRecords(database);
  } catch (error) {
    await database.close();
    throw error;
  }
}

class PostgresDatabase implements SqlDatabase {
  readonly #pool: pg.Pool;
  readonly #queryMs: number;

  constructor(url: string, { connections = 10, connectMs = 5_000, statementMs = 10_000 }: PostgresOptions) {
    this.#queryMs = statementMs + 1_000;
    this.#pool = new pg.Pool({
      connectionString: url,
      application_name: 'graft-server',
      max: connections,
      connectionTimeoutMillis: connectMs,
      statement_timeout: statementMs,
      query_timeout: this.#queryMs,
      idle_in_transaction_session_timeout: 30_000, // a stopped process must not keep its row locks
      keepAlive: true,
    });
    // A lost connection is an event besides an error of its query; unheard, it would end the process.
    this.#pool.on('error', () => {});
    this.#pool.on('connect', (client) => client.on('error', () => {}));
  }

  async read({ sql, values }: Statement): Promise<readonly SqlRow[]> {
    try {
      return (await this.#pool.query<SqlRow>(sql, [...values])).rows;
    } catch (error) {
      throw postgresError(error);
    }
  }

  async write<Result>(begin: () => SqlSteps<Result>): Promise<Result> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.#transaction(begin(), this.#queryMs);
      } catch (error) {
        if (!isContention(error)) throw error;
        if (attempt === ATTEMPTS) throw new StoreUnavailable('PostgreSQL', error);
        await sleep(Math.random() * 5 * 2 ** attempt);
      }
    }
  }

  async migrate(migrations: readonly Migration[]): Promise<void> {
    await this.#transaction(oneAtATime(migrations), MIGRATION_MS);
  }

  async close(): Promise<void> {
    if (!this.#pool.ending) await this.#pool.end();
  }

  async #transaction<Result>(steps: SqlSteps<Result>, queryMs: number): Promise<Result> {
    const client = await this.#pool.connect().catch((error: unknown) => {
      throw postgresError(error);
    });
    const execute = (sql: string, values: Statement['values'] = [], committing = false) => {
      // The driver knows a time limit of a single query, its types do not.
      const query: pg.QueryConfig & { query_timeout: number } = {
        text: sql,
        values: [...values],
        query_timeout: queryMs,
      };
      return client.query<SqlRow>(query).catch((error: unknown) => {
        throw postgresError(error, committing);
      });
    };
    let usable = true;
    try {
      await execute('BEGIN ISOLATION LEVEL READ COMMITTED');
      const result = await runStepsAsync(steps, async ({ sql, values }) => (await execute(sql, values)).rows);
      await execute('COMMIT', [], true);
      return result;
    } catch (error) {
      usable = !(error instanceof StoreUnavailable) && (await succeeds(execute('ROLLBACK')));
      throw error;
    } finally {
      client.release(!usable);
    }
  }
}

function succeeds(promise: Promise<unknown>): Promise<boolean> {
  return promise.then(
    () => true,
    () => false,
  );
}

function* oneAtATime(migrations: readonly Migration[]): SqlSteps<void> {
  yield { sql: `SET LOCAL statement_timeout = ${MIGRATION_MS}`, values: [] };
  yield { sql: 'SELECT pg_advisory_xact_lock($1)', values: [MIGRATION_LOCK] };
  yield* migrateSteps(migrations, Date.now());
}
