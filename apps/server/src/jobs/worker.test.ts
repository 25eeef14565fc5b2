import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { tempFolder } from '../stores/testing/temp-folder.js';
import { writePicturesZip } from '../testing/pictures-zip.js';
import { startServer, type TestServer } from '../testing/server.js';
import { localBell } from './local-bell.js';
import { jobParts, program } from './testing/job-parts.js';
import { Worker } from './worker.js';

async function json(url: string, init?: RequestInit) {
  const response = await fetch(url, init);
  expect(response.status, url).toBe(200);
  return response.json() as Promise<{
    id: string;
    status: string;
    attempt: number;
    data: { message: string }[];
  }>;
}

async function newJob(server: TestServer, epochs: number): Promise<string> {
  const zip = join(await tempFolder(), 'photos.zip');
  await writePicturesZip(zip, 4);
  const form = new FormData();
  form.set('purpose', 'fine-tune');
  form.set('file', new Blob([await readFile(zip)]), 'photos.zip');
  const file = await json(`${server.url}/v1/files`, { method: 'POST', body: form });
  const request = { model: 'iconnet', training_file: file.id, hyperparameters: { n_epochs: epochs } };
  const job = await json(`${server.url}/v1/fine_tuning/jobs`, {
    method: 'POST',
    body: JSON.stringify(request),
    headers: { 'content-type': 'application/json' },
  });
  return job.id;
}

/** Processes that a process started, from Linux's /proc. */
async function childrenOf(parent: number): Promise<number[]> {
  const pids = (await readdir('/proc')).map(Number).filter(Number.isInteger);
  const isChild = async (pid: number) => {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
    return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]) === parent;
  };
  const found = await Promise.all(pids.map(isChild));
  return pids.filter((_, index) => found[index]);
}

const isAlive = (pid: number) =>
  readFile(`/proc/${pid}/stat`, 'utf8').then(
    (stat) => !/\) [ZX] /.test(stat),
    () => false,
  );

test.skipIf(process.platform !== 'linux')(
  'a job whose server was killed ends with it, and is run again by the next one',
  async () => {
    const data = await tempFolder();
    const first = await startServer({ data });
    onTestFinished(() => first.remove());
    const job = await newJob(first, 100_000); // for ever
    const events = async (server: TestServer) =>
      (await json(`${server.url}/v1/fine_tuning/jobs/${job}/events?limit=1000`)).data.map(
        ({ message }) => message,
      );
    while (!(await events(first)).some((message) => message.startsWith('Phase 1'))) await sleep(100);
    const processes = await childrenOf(first.pid);
    expect(processes).toHaveLength(1);
    await first.kill();
    const begin = performance.now();
    while (await isAlive(processes[0]!)) await sleep(20);
    expect(performance.now() - begin).toBeLessThan(3000);

    const second = await startServer({ data });
    onTestFinished(() => second.remove());
    while (!(await events(second)).includes('Started, attempt 2')) await sleep(100);
    expect(await events(second)).toContain(
      'The worker of attempt 1 fell silent; the job waits to be run again',
    );

    expect(await second.stop()).toBe(0);
    const third = await startServer({ data, flags: ['--jobs', '0'] });
    onTestFinished(() => third.remove());
    expect(await json(`${third.url}/v1/fine_tuning/jobs/${job}`)).toMatchObject({
      status: 'queued',
      attempt: 2,
    });
  },
);

test('a worker takes as many jobs as it may, and gives them back', async () => {
  const base = await jobParts({ program: program('takes.mjs') });
  const parts = { ...base, config: { ...base.config, jobs: 2 } };
  const bell = localBell();
  const worker = new Worker(parts, bell);
  await worker.start();
  const jobs = [await parts.newJob('time'), await parts.newJob('time'), await parts.newJob('time')];
  await bell.ring();
  const states = async () =>
    (await Promise.all(jobs.map(({ tenant, id }) => parts.jobs.get(tenant, id)))).map((row) => row?.state);
  while ((await states()).filter((state) => state === 'running').length < 2) await sleep(20);
  expect(worker.running).toBe(2);
  expect(await states()).toContain('queued');
  await worker.drain();
  expect(worker.running).toBe(0);
  expect(await states()).toEqual(['queued', 'queued', 'queued']);
});
