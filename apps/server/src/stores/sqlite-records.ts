import { mkdir, realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { lockDirectory } from './directory-lock.js';
import { type Migration, migrationsFor } from './migrations/migration.js';
import type { Records } from './records.js';
import { SqlRecords } from './sql-records.js';
import { SqliteDatabase } from './sqlite-database.js';

/**
 * Rows in `records.db` below a directory that no other server may use meanwhile.
 *
 * @param directory is made if it is not there, readable by its owner only
 * @throws GraftError `usage/data-in-use`, `usage/schema-*`, `data/store-damaged`
 *
 * @example
 * const records = await openSqliteRecords('data');
 * await records.close();
 */
export async function openSqliteRecords(
  directory: string,
  migrations: readonly Migration[] = migrationsFor('sqlite'),
): Promise<Records> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const own = await realpath(directory); // absolute: libsql reads some beginnings of a path as a URL
  const lock = lockDirectory(own);
  const database = new SqliteDatabase(join(own, 'records.db'), lock.release);
  try {
    await database.migrate(migrations);
    return new SqlRecords(database);
  } catch (error) {
    await database.close();
    throw error;
  }
}
