import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe } from 'vitest';
import { openPostgresRecords } from '../stores/postgres-records.js';
import { openSqliteRecords } from '../stores/sqlite-records.js';
import { postgresPrograms, startPostgres, type TestPostgres } from '../stores/testing/postgres.js';
import { describeJobs } from './testing/jobs-contract.js';

describe('jobs', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'graft-jobs-'));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));
  describeJobs('on SQLite', () => openSqliteRecords(folder));
});

const name = postgresPrograms ? 'jobs' : 'jobs (skipped: PostgreSQL is not installed)';
describe.skipIf(!postgresPrograms)(name, () => {
  let postgres: TestPostgres;
  beforeAll(async () => {
    postgres = await startPostgres();
  });
  afterAll(() => postgres?.remove());
  describeJobs('on PostgreSQL', async () => openPostgresRecords(await postgres.createDatabase()));
});
