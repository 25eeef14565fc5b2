import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { createLog } from '../log.js';
import { postgresPrograms, startPostgres, type TestPostgres } from '../stores/testing/postgres.js';
import type { Bell } from './bell.js';
import { postgresBell } from './postgres-bell.js';

const name = postgresPrograms ? 'the bell' : 'the bell (skipped: PostgreSQL is not installed)';

describe.skipIf(!postgresPrograms)(name, () => {
  let postgres: TestPostgres;
  beforeAll(async () => {
    postgres = await startPostgres();
  });
  afterAll(() => postgres?.remove());

  function newBell(url: string): Bell {
    const bell = postgresBell(url, createLog('silent'));
    onTestFinished(() => bell.close());
    return bell;
  }

  /** Counts rings. */
  async function listener(bell: Bell) {
    const heard = { rings: 0 };
    await bell.listen(() => heard.rings++);
    return heard;
  }

  async function until(isSo: () => boolean, milliseconds = 15_000): Promise<void> {
    for (const begin = performance.now(); !isSo(); await sleep(20)) {
      if (performance.now() - begin > milliseconds) throw new Error('It took too long.');
    }
  }

  test('each ring wakes one worker of one process, also one that comes later', async () => {
    const url = await postgres.createDatabase();
    const server = newBell(url);
    for (let ring = 0; ring < 3; ring++) await server.ring();
    await sleep(500);
    const workers = [await listener(newBell(url)), await listener(newBell(url))];
    const rings = () => workers.reduce((sum, { rings }) => sum + rings, 0);
    await until(() => rings() === 3);
    await server.ring();
    await until(() => rings() === 4);
    await sleep(1200);
    expect(rings()).toBe(4);
  });

  test('an outage of PostgreSQL, at the start or later, harms nobody', async () => {
    const url = await postgres.createDatabase();
    await postgres.stop();
    const bell = newBell(url);
    const worker = await listener(bell);
    await bell.ring();
    await postgres.start();
    await until(() => worker.rings === 1);
    await postgres.stop('kill');
    await bell.ring(); // lost; workers look by themselves
    await sleep(1000);
    await postgres.start();
    await bell.ring();
    await until(() => worker.rings === 2);
  });

  test('closes while PostgreSQL is away', async () => {
    const url = await postgres.createDatabase();
    await postgres.stop();
    const bell = postgresBell(url, createLog('silent'));
    const stop = await bell.listen(() => {});
    await bell.ring();
    await stop();
    await bell.close();
    await postgres.start();
  });
});
