import Database from 'libsql';
import { migrateSteps } from './migrations/migrate.js';
import type { Migration } from './migrations/migration.js';
import { runSteps, type SqlDatabase, type SqlRow, type SqlSteps, type Statement } from './sql-steps.js';
import { sqliteError } from './sqlite-errors.js';

/** Only a foreign program (a shell, a backup) can hold a lock, and waiting stops the event loop. */
const BUSY_MS = 1000;
/** Commits that share a transaction at most. */
const MOST_TOGETHER = 64;

interface Waiting {
  /** Its part of the transaction; answers what to do once that is on the disk. */
  readonly run: () => () => void;
  readonly reject: (error: unknown) => void;
}

/**
 * One connection to an SQLite file that nobody else writes to.
 *
 * A flush of the disk stops the event loop (0.3 ms on a good disk, 10 ms on a busy one). Commits that come in the same turn
 * of the loop therefore share one: each has a savepoint of its own inside one transaction, and none is answered before
 * all are on the disk.
 */
export class SqliteDatabase implements SqlDatabase {
  readonly #path: string;
  readonly #database: Database.Database;
  readonly #statements = new Map<string, Database.Statement>();
  readonly #release: () => void;
  readonly #waiting: Waiting[] = [];

  /** @param release is called when the file is closed, or did not open */
  constructor(path: string, release: () => void) {
    this.#path = path;
    this.#release = release;
    try {
      this.#database = new Database(path);
    } catch (error) {
      release();
      throw sqliteError(error, path);
    }
  }

  async migrate(migrations: readonly Migration[]): Promise<void> {
    try {
      for (const pragma of [
        'journal_mode = WAL',
        'synchronous = FULL', // a commit is on the disk when it returns, not at the next checkpoint
        'foreign_keys = ON',
        `busy_timeout = ${BUSY_MS}`,
        `journal_size_limit = ${64 * 2 ** 20}`, // bytes that the log keeps after a large commit
      ]) {
        this.#database.exec(`PRAGMA ${pragma}`);
      }
    } catch (error) {
      throw sqliteError(error, this.#path);
    }
    await this.write(() => migrateSteps(migrations, Date.now()));
  }

  async read(statement: Statement): Promise<readonly SqlRow[]> {
    try {
      return this.#execute(statement);
    } catch (error) {
      throw sqliteError(error, this.#path);
    }
  }

  write<Result>(begin: () => SqlSteps<Result>): Promise<Result> {
    return new Promise((resolve, reject) => {
      const run = () => {
        const result = runSteps(begin(), (statement) => this.#execute(statement));
        return () => resolve(result);
      };
      this.#waiting.push({ run, reject });
      if (this.#waiting.length === 1) setImmediate(() => this.#commitWaiting());
    });
  }

  async close(): Promise<void> {
    if (!this.#database.open) return;
    while (this.#waiting.length > 0) this.#commitWaiting();
    this.#statements.clear();
    this.#database.close();
    this.#release();
  }

  #commitWaiting(): void {
    const together = this.#waiting.splice(0, MOST_TOGETHER);
    if (this.#waiting.length > 0) setImmediate(() => this.#commitWaiting());
    if (together.length === 0) return;
    try {
      this.#database.exec('BEGIN IMMEDIATE');
      const answers = together.map((one) => this.#runOne(one));
      this.#database.exec('COMMIT');
      for (const answer of answers) answer();
    } catch (error) {
      if (this.#database.inTransaction) this.#database.exec('ROLLBACK');
      for (const { reject } of together) reject(sqliteError(error, this.#path));
    }
  }

  #runOne({ run, reject }: Waiting): () => void {
    this.#database.exec('SAVEPOINT one');
    try {
      const answer = run();
      this.#database.exec('RELEASE one');
      return answer;
    } catch (error) {
      if (!this.#database.inTransaction) throw error; // a full disk, for example, has ended it for all
      this.#database.exec('ROLLBACK TO one');
      this.#database.exec('RELEASE one');
      return () => reject(sqliteError(error, this.#path));
    }
  }

  #execute({ sql, values }: Statement): readonly SqlRow[] {
    const statement = this.#statements.get(sql) ?? this.#database.prepare(sql);
    this.#statements.set(sql, statement);
    // Not `get`: a statement that isn't read to its end keeps its transaction open.
    return statement.all([...values]) as SqlRow[];
  }
}
