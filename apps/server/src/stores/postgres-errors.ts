import { GraftError } from '@graft/core';
import pg from 'pg';
import { StoreUnavailable } from './store-unavailable.js';

/** https://www.postgresql.org/docs/current/errcodes-appendix.html */
const contention = new Set(['40001', '40P01']); // serialization failure, deadlock
const refused = /^(28|3D|3F|42501)/; // authorization, no such database or schema, privilege
const diskFull = '53100';
/** Connection, resources, operator intervention (stopping, starting, a cancelled statement), lock, read-only standby. */
const passing = /^(08|53|57|55P03|25006)/;

/** Two commits stood in each other's way and PostgreSQL chose this one to give up: nothing of it was done. */
export function isContention(error: unknown): boolean {
  return error instanceof pg.DatabaseError && contention.has(error.code ?? '');
}

/**
 * An error of a call to PostgreSQL as what the server acts on. Whatever is no answer of the database comes from the way
 * to it.
 *
 * @param committing COMMIT was on its way
 */
export function postgresError(error: unknown, committing = false): unknown {
  if (!(error instanceof pg.DatabaseError)) {
    return new StoreUnavailable('PostgreSQL', error, { uncertain: committing });
  }
  const code = error.code ?? '';
  if (code === diskFull) {
    return new GraftError(
      'resource/disk-full',
      'Expected room for PostgreSQL to write. Received: its disk is full.',
      {
        hint: "Free some space on the database's disk.",
        cause: error,
      },
    );
  }
  if (passing.test(code)) return new StoreUnavailable('PostgreSQL', error, { uncertain: committing });
  if (refused.test(code)) {
    return new GraftError(
      'usage/database-refused',
      `Expected a database that lets this server in. Received: ${error.message}.`,
      { hint: 'Check user, password, database and privileges in the URL.', cause: error },
    );
  }
  return error;
}
