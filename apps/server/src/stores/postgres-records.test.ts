import { once } from 'node:events';
import { createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { migration, migrationsFor } from './migrations/migration.js';
import { openPostgresRecords, type PostgresOptions } from './postgres-records.js';
import { type Records, RowConflict } from './records.js';
import { StoreUnavailable } from './store-unavailable.js';
import { describeMigrations } from './testing/migrations-contract.js';
import { postgresPrograms, startPostgres, type TestPostgres, withClient } from './testing/postgres.js';
import { describeRecords } from './testing/records-contract.js';
import { create, keyOf, update } from './testing/row-changes.js';

const name = postgresPrograms ? 'PostgreSQL' : 'PostgreSQL (skipped: it is not installed)';

describe.skipIf(!postgresPrograms)(name, () => {
  let postgres: TestPostgres;
  beforeAll(async () => {
    postgres = await startPostgres();
  });
  afterAll(() => postgres?.remove());

  describeRecords('records', async () => {
    const url = await postgres.createDatabase();
    let records = await openPostgresRecords(url);
    return {
      records,
      reopen: async () => {
        await records.close();
        records = await openPostgresRecords(url);
        return records;
      },
      close: () => records.close(),
    };
  });

  describeMigrations('migrations of PostgreSQL', async () => {
    const url = await postgres.createDatabase();
    return { dialect: 'postgres', open: (migrations) => openPostgresRecords(url, {}, migrations) };
  });

  async function newStore(options?: PostgresOptions): Promise<{ url: string; records: Records }> {
    const url = await postgres.createDatabase();
    const records = await openPostgresRecords(url, options);
    onTestFinished(() => records.close());
    return { url, records };
  }

  test('ten servers that start at once make the schema once', async () => {
    const url = await postgres.createDatabase();
    const slow = migration('9999-slow', ['SELECT pg_sleep(0.2)', 'CREATE TABLE graft_slow (id BIGINT)']);
    const migrations = [...migrationsFor('postgres'), slow];
    const servers = await Promise.all(
      Array.from({ length: 10 }, () => openPostgresRecords(url, { connections: 2 }, migrations)),
    );
    await Promise.all(
      servers.map((records, server) => records.commit([create(keyOf('server', `${server}`))])),
    );
    expect(await servers[0]!.count({ kind: 'server' })).toBe(10);
    await Promise.all(servers.map((records) => records.close()));
  });

  test('servers that share it see and exclude each other', async () => {
    const { url, records } = await newStore();
    const other = await openPostgresRecords(url);
    onTestFinished(() => other.close());
    const key = keyOf('shared', 'row');
    await records.commit([create(key)]);
    const ends = await Promise.allSettled(
      [records, other, records, other].map((store, index) => store.commit([update(key, 1, index)])),
    );
    expect(ends.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect((await other.get(key))?.version).toBe(2);
  });

  test.each(['fast', 'kill'] as const)(
    'a stop (%s) fails calls soon, loses no commit, and is over when it is',
    async (how) => {
      const { records } = await newStore();
      const acknowledged: number[] = [];
      const failures: unknown[] = [];
      let slowest = 0;
      let stopped = false;
      const writer = async (first: number) => {
        for (let n = first; !stopped; n += 8) {
          const begin = performance.now();
          await records
            .commit([
              create(keyOf('outage', `row-${n}`), n),
              { type: 'append', stream: 'outage', entries: [n] },
            ])
            .then(
              () => acknowledged.push(n),
              (error: unknown) => failures.push(error),
            );
          slowest = Math.max(slowest, performance.now() - begin);
          if (failures.length > 0) await sleep(5);
        }
      };
      const writers = Array.from({ length: 8 }, (_, index) => writer(index));
      await sleep(300);
      await postgres.stop(how);
      await expect(records.ping()).rejects.toBeInstanceOf(StoreUnavailable);
      await expect(records.get(keyOf('outage', 'row-0'))).rejects.toBeInstanceOf(StoreUnavailable);
      await sleep(1_000);
      await postgres.start();
      const before = acknowledged.length;
      while (acknowledged.length < before + 20) await sleep(10);
      stopped = true;
      await Promise.all(writers);

      expect(failures.length).toBeGreaterThan(0);
      expect(failures.filter((error) => !(error instanceof StoreUnavailable))).toEqual([]);
      expect(slowest).toBeLessThan(5_000); // milliseconds
      const entries = await records.history('outage', 0, 1_000_000);
      expect(entries.map(({ sequence }) => sequence)).toEqual(entries.map((_, index) => index + 1));
      const kept = new Set(entries.map(({ body }) => body));
      expect(acknowledged.filter((n) => !kept.has(n))).toEqual([]);
      const certain = failures.filter((error) => !(error as StoreUnavailable).uncertain).length;
      expect(kept.size).toBeLessThanOrEqual(acknowledged.length + failures.length - certain);
      expect(await records.count({ kind: 'outage' })).toBe(entries.length);
    },
  );

  test('a row that somebody else holds makes a commit give up, not wait for ever', async () => {
    const { url, records } = await newStore({ statementMs: 300 });
    const key = keyOf('held', 'row');
    await records.commit([create(key)]);
    await withClient(url, async (client) => {
      await client.query('BEGIN');
      await client.query('SELECT * FROM graft_rows FOR UPDATE');
      await expect(records.commit([update(key, 1)])).rejects.toBeInstanceOf(StoreUnavailable);
      await client.query('ROLLBACK');
    });
    expect(await records.commit([update(key, 1)])).toHaveLength(1);
  });

  test('two commits that PostgreSQL would have wait for each other are tried again', async () => {
    const { url, records } = await newStore();
    const [first, second] = [keyOf('deadlock', 'a'), keyOf('deadlock', 'b')];
    await records.commit([create(first), create(second)]);
    await withClient(url, async (client) => {
      await client.query("BEGIN; SET LOCAL deadlock_timeout = '1min'"); // so that ours is the one that gives up
      await client.query("SELECT * FROM graft_rows WHERE id = 'b' FOR UPDATE");
      const commit = records.commit([update(first, 1), update(second, 1)]); // holds a, waits for b
      await sleep(200);
      const foreign = client.query("SELECT * FROM graft_rows WHERE id = 'a' FOR UPDATE");
      await foreign;
      await client.query('COMMIT');
      expect((await commit).map(({ version }) => version)).toEqual([2, 2]);
    });
  });

  test('a lost connection is replaced', async () => {
    const { url, records } = await newStore();
    await Promise.all(Array.from({ length: 10 }, () => records.ping()));
    await withClient(url, (client) =>
      client.query(
        'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()',
      ),
    );
    await sleep(100);
    await records.commit([create(keyOf('lost', 'row'))]);
  });

  test('who is not let in, or names no database, is told so', async () => {
    const url = await postgres.createDatabase();
    const refused = { code: 'usage/database-refused' };
    await expect(openPostgresRecords(url.replace('graft@', 'nobody@'))).rejects.toMatchObject(refused);
    await expect(openPostgresRecords(url.replace(/test_\d+/, 'none'))).rejects.toMatchObject(refused);
  });

  test('refused changes leave their connection usable', async () => {
    const { records } = await newStore({ connections: 1 });
    const key = keyOf('one', 'row');
    await records.commit([create(key)]);
    for (let turn = 0; turn < 5; turn++)
      await expect(records.commit([create(key)])).rejects.toThrow(RowConflict);
    await expect(records.commit([create(key, 1n)])).rejects.toThrow(TypeError);
    await records.ping();
  });
});

test('a PostgreSQL that accepts and then says nothing is given up', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  const { port } = server.address() as { port: number };
  const url = `postgres://graft@127.0.0.1:${port}/graft`;
  const begin = performance.now();
  await expect(openPostgresRecords(url, { connectMs: 200 })).rejects.toBeInstanceOf(StoreUnavailable);
  expect(performance.now() - begin).toBeLessThan(2_000);
});
