import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { defaults } from './config.js';
import { FileStore } from './files/file-store.js';
import { JobStore } from './jobs/job-store.js';
import { tinyRequest } from './jobs/testing/job-parts.js';
import { openStores } from './stores/open-stores.js';
import { postgresPrograms, startPostgres, type TestPostgres } from './stores/testing/postgres.js';
import { tempFolder } from './stores/testing/temp-folder.js';
import { writePicturesZip } from './testing/pictures-zip.js';
import { spool } from './uploads/spool.js';

const program = fileURLToPath(new URL('../dist/worker-main.js', import.meta.url));

/** Starts the built worker and waits until it says that it is ready. */
async function startWorker(flags: readonly string[], env: NodeJS.ProcessEnv = {}) {
  const child = spawn(process.execPath, [program, ...flags], {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { ...process.env, ...env },
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  const exit = once(child, 'exit').then(([code]) => code as number | null);
  const lines: string[] = [];
  const ready = new Promise<void>((resolve) => {
    createInterface({ input: child.stderr }).on('line', (line) => {
      lines.push(line);
      if (line.includes('"msg":"ready"')) resolve();
    });
  });
  await Promise.race([ready, exit]);
  return { child, exit, lines };
}

test('needs a database that others reach too', async () => {
  const { exit, lines } = await startWorker(['--data', await tempFolder()]);
  expect(await exit).toBe(2);
  expect(lines[0]).toContain('usage/database-needed');
});

const name = postgresPrograms ? 'a worker' : 'a worker (skipped: PostgreSQL is not installed)';
describe.skipIf(!postgresPrograms)(name, () => {
  let postgres: TestPostgres;
  beforeAll(async () => {
    postgres = await startPostgres();
  });
  afterAll(() => postgres?.remove());

  test('runs jobs, says how it is, and gives its job back at SIGTERM', async () => {
    const [data, database] = [await tempFolder(), await postgres.createDatabase()];
    const { records, blobs, close } = await openStores({ data, database });
    onTestFinished(close);
    const jobs = new JobStore(records);
    const zip = join(data, 'photos.zip');
    await writePicturesZip(zip, 4);
    const spooled = await spool(createReadStream(zip), { directory: data, maxBytes: 2 ** 20 });
    const facts = { name: 'photos.zip', purpose: 'fine-tune', type: 'application/zip' };
    const file = await new FileStore(records, blobs, defaults.limits).add('ada', facts, spooled);
    const until = async (id: string, state: string) => {
      for (;;) {
        const row = await jobs.get('ada', id);
        if (row?.state === state) return row;
        expect(row?.body.error).toBeNull();
        await sleep(100);
      }
    };

    const flags = ['--data', data, '--health-port', '0'];
    const { child, exit, lines } = await startWorker(flags, { GRAFT_DATABASE: database });
    const { healthPort: port } = JSON.parse(lines.at(-1) ?? '{}');
    const status = async (path: string) => (await fetch(`http://127.0.0.1:${port}${path}`)).status;
    expect([await status('/livez'), await status('/readyz'), await status('/x')]).toEqual([200, 200, 404]);

    const short = await jobs.create('ada', tinyRequest(file.id));
    expect((await until(short.id, 'succeeded')).body.attempt).toBe(1);

    const long = await jobs.create('ada', {
      ...tinyRequest(file.id),
      recipe: { wishes: { epochs: 100_000 } },
    });
    await until(long.id, 'running');
    await postgres.stop();
    expect([await status('/livez'), await status('/readyz')]).toEqual([200, 503]);
    await postgres.start();
    while ((await status('/readyz')) !== 200) await sleep(50);
    child.kill('SIGTERM');
    expect(await exit).toBe(0);
    expect((await jobs.get('ada', long.id))?.state).toBe('queued');
  });
});
