import { join } from 'node:path';
import { GraftError } from '@graft/core';
import Database from 'libsql';

/**
 * Claims a directory for this process until `release`.
 *
 * The claim is SQLite's own lock on a file beside the data, held by a transaction that never ends. The operating
 * system drops it with the process, also after kill -9 or a power cut, so that there is no stale lock to judge. It
 * holds against other threads and against a second claim in this process too. (POSIX drops such locks as soon as
 * the process closes any other handle of the same file: nothing else may open it.)
 *
 * @param directory must be there
 * @throws GraftError `usage/data-in-use`
 *
 * @example
 * const lock = lockDirectory('data');
 * lock.release();
 */
export function lockDirectory(directory: string): { release: () => void } {
  const database = new Database(join(directory, 'server.lock'));
  try {
    database.exec('PRAGMA journal_mode = MEMORY');
    database.exec('BEGIN EXCLUSIVE');
  } catch (error) {
    database.close();
    if ((error as { code?: unknown }).code !== 'SQLITE_BUSY') throw error;
    throw new GraftError(
      'usage/data-in-use',
      `Expected a data directory of its own. Received "${directory}", which a running server uses.`,
      { hint: 'Stop that server, or give this one another directory.', details: { directory }, cause: error },
    );
  }
  return { release: () => database.close() };
}
