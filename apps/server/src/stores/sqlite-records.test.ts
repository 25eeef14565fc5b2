import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { openSqliteRecords } from './sqlite-records.js';
import { describeMigrations } from './testing/migrations-contract.js';
import { describeRecords } from './testing/records-contract.js';
import { create, keyOf } from './testing/row-changes.js';
import { smallDisk } from './testing/small-disk.js';
import { tempFolder } from './testing/temp-folder.js';

describeRecords('SQLite', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'graft-stores-'));
  let records = await openSqliteRecords(folder);
  return {
    records,
    reopen: async () => {
      await records.close();
      records = await openSqliteRecords(folder);
      return records;
    },
    close: async () => {
      await records.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
});

describeMigrations('migrations of SQLite', async () => {
  const folder = await tempFolder();
  return { dialect: 'sqlite', open: (migrations) => openSqliteRecords(folder, migrations) };
});

const script = fileURLToPath(new URL('./testing/commit-rows.mjs', import.meta.url));

/** The process and the last whole line that it printed. */
function committer(folder: string) {
  const child = spawn(process.execPath, [script], {
    env: { ...process.env, FOLDER: folder },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
  });
  const exit = once(child, 'close');
  return { child, exit, lines: () => output.split('\n').slice(0, -1) };
}

test('a data directory has one server at a time', async () => {
  const folder = await tempFolder();
  const records = await openSqliteRecords(folder);
  await expect(openSqliteRecords(folder)).rejects.toMatchObject({ code: 'usage/data-in-use' });
  const refused = committer(folder);
  await refused.exit;
  expect(refused.lines()).toEqual(['usage/data-in-use']);
  expect(await records.commit([create(keyOf('a', 'b'))])).toHaveLength(1);
  await records.close();

  const starters = await Promise.allSettled([openSqliteRecords(folder), openSqliteRecords(folder)]);
  expect(starters.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected']);
  for (const start of starters) if (start.status === 'fulfilled') await start.value.close();
  expect((await stat(folder)).mode & 0o77).toBe(0); // others can't look into it
});

test('no kill -9 loses a commit that was acknowledged, or keeps half of one', async () => {
  const folder = await tempFolder();
  let least = 0;
  for (let cycle = 0; cycle < 20; cycle++) {
    const { child, exit, lines } = committer(folder);
    while (lines().length < 2 + cycle) await sleep(2);
    await sleep(Math.random() * 20);
    child.kill('SIGKILL');
    await exit;
    least = Number(lines().at(-1));

    const records = await openSqliteRecords(folder); // at once: the lock went with the process
    const total = (await records.get<number>(keyOf('kill', 'total')))?.body ?? 0;
    expect(total).toBeGreaterThanOrEqual(least);
    expect(total).toBeLessThanOrEqual(least + 1); // the one that was not acknowledged yet
    expect(await records.count({ kind: 'kill' })).toBe(total + 1);
    const entries = await records.history('kill', 0, 1_000_000);
    expect(entries.map(({ body }) => body)).toEqual(Array.from({ length: total }, (_, index) => index + 1));
    expect(entries.at(-1)?.sequence).toBe(total);
    await records.close();
  }
});

test('commits that share a flush fail by themselves only', async () => {
  const records = await openSqliteRecords(await tempFolder());
  const taken = keyOf('shared', 'taken');
  await records.commit([create(taken)]);
  const ends = await Promise.allSettled(
    Array.from({ length: 200 }, (_, n) =>
      records.commit([
        create(keyOf('shared', `row-${n}`)),
        { type: 'append', stream: 'shared', entries: [n] },
        ...(n % 2 ? [create(taken)] : []),
      ]),
    ),
  );
  expect(ends.map(({ status }) => status)).toEqual(ends.map((_, n) => (n % 2 ? 'rejected' : 'fulfilled')));
  expect(await records.count({ kind: 'shared' })).toBe(101);
  const entries = await records.history('shared', 0, 1_000);
  expect(entries.map(({ body }) => body)).toEqual(Array.from({ length: 100 }, (_, index) => 2 * index));

  const last = records.commit([create(keyOf('shared', 'last'))]);
  await records.close(); // answers what was asked before it
  expect(await last).toHaveLength(1);
});

describe('a bad disk', () => {
  test('that is full refuses a commit, keeps the others and goes on when there is room', async (context) => {
    const disk = await smallDisk(context);
    const records = await openSqliteRecords(join(disk, 'data'));
    await records.commit([create(keyOf('disk', 'before'))]);
    const ballast = join(disk, 'ballast');
    await writeFile(ballast, new Uint8Array(1_200_000));

    const big = create(keyOf('disk', 'big'), 'x'.repeat(1_000_000));
    await expect(records.commit([big])).rejects.toMatchObject({ code: 'resource/disk-full' });
    expect(await records.get(keyOf('disk', 'before'))).not.toBeNull();
    expect(await records.get(keyOf('disk', 'big'))).toBeNull();

    await rm(ballast);
    await records.commit([create(keyOf('disk', 'after'))]);
    expect(await records.count({ kind: 'disk' })).toBe(2);
    await records.close();
  });

  test('with something else in place of the database is named', async () => {
    const folder = await tempFolder();
    const path = join(folder, 'records.db');
    await writeFile(path, 'no database'.repeat(1_000));
    await expect(openSqliteRecords(folder)).rejects.toMatchObject({ code: 'data/store-damaged' });
    await rm(path);
    await (await openSqliteRecords(folder)).close(); // the claim on the directory was given back
  });
});
