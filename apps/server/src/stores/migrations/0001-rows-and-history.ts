import type { Dialect } from './migration.js';

/** Text compares by its bytes in both, so that lists and pages have one order whatever the locale of the database. */
const text: Readonly<Record<Dialect, string>> = { sqlite: 'TEXT', postgres: 'TEXT COLLATE "C"' };

export const rowsAndHistory = {
  name: '0001-rows-and-history',
  statements: (dialect: Dialect): string[] => [
    `CREATE TABLE graft_rows (
      kind ${text[dialect]} NOT NULL,
      tenant ${text[dialect]} NOT NULL,
      id ${text[dialect]} NOT NULL,
      version BIGINT NOT NULL,
      state ${text[dialect]},
      created_at BIGINT NOT NULL,
      updated_at BIGINT NOT NULL,
      body TEXT NOT NULL,
      PRIMARY KEY (kind, tenant, id)
    )`,
    // A tenant's list, a worker's list, and housekeeping over everything.
    'CREATE INDEX graft_rows_by_tenant ON graft_rows (kind, tenant, created_at, id)',
    'CREATE INDEX graft_rows_by_state ON graft_rows (kind, state, created_at, id, tenant)',
    'CREATE INDEX graft_rows_by_time ON graft_rows (kind, created_at, id, tenant)',
    `CREATE TABLE graft_streams (
      stream ${text[dialect]} NOT NULL PRIMARY KEY,
      last BIGINT NOT NULL
    )`,
    `CREATE TABLE graft_history (
      stream ${text[dialect]} NOT NULL REFERENCES graft_streams (stream) ON DELETE CASCADE,
      sequence BIGINT NOT NULL,
      at BIGINT NOT NULL,
      body TEXT NOT NULL,
      PRIMARY KEY (stream, sequence)
    )`,
  ],
};
