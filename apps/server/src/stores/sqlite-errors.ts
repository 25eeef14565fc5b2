import { GraftError } from '@graft/core';
import { StoreUnavailable } from './store-unavailable.js';

/** An error of SQLite as what the server acts on; other errors come back as they are. */
export function sqliteError(error: unknown, path: string): unknown {
  const code = String((error as { code?: unknown } | null)?.code ?? '');
  if (code === 'SQLITE_FULL') {
    return new GraftError(
      'resource/disk-full',
      `Expected room to write "${path}". Received: the disk is full.`,
      {
        hint: 'Free some space.',
        details: { path },
        cause: error,
      },
    );
  }
  if (code === 'SQLITE_NOTADB' || code.startsWith('SQLITE_CORRUPT')) {
    return new GraftError(
      'data/store-damaged',
      `Expected an SQLite database in "${path}". Received: ${(error as Error).message}.`,
      {
        hint: 'Restore a backup.',
        details: { path },
        cause: error,
      },
    );
  }
  if (/^SQLITE_(BUSY|LOCKED|IOERR|READONLY|CANTOPEN)/.test(code))
    return new StoreUnavailable(`"${path}"`, error);
  return error;
}
