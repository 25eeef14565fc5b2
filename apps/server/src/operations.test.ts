import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { call, fileForm } from './testing/fill-tenant.js';
import { writePicturesZip } from './testing/pictures-zip.js';
import { startServer } from './testing/server.js';

interface SeenJob {
  readonly id: string;
  readonly status: string;
  readonly attempt: number;
  readonly result: { readonly weightsHash: string } | null;
}

async function folder(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'graft-operations-'));
  onTestFinished(() => rm(path, { recursive: true, force: true }));
  return path;
}

async function newJob(url: string, epochs: number): Promise<SeenJob> {
  const zip = join(await folder(), 'pictures.zip');
  await writePicturesZip(zip);
  const form = fileForm(new Blob([await readFile(zip)]), 'pictures.zip');
  const posted = await call(url, null, '/v1/files', { method: 'POST', body: form, status: 200 });
  const { id } = (await posted.json()) as { id: string };
  const json = { model: 'iconnet', training_file: id, seed: 7, hyperparameters: { n_epochs: epochs } };
  const job = await call(url, null, '/v1/fine_tuning/jobs', { json, status: 200 });
  return (await job.json()) as SeenJob;
}

async function jobThat(url: string, id: string, isThere: (job: SeenJob) => boolean): Promise<SeenJob> {
  for (let tries = 0; tries < 900; tries++) {
    const response = await call(url, null, `/v1/fine_tuning/jobs/${id}`, { status: 200 });
    const job = (await response.json()) as SeenJob;
    if (isThere(job)) return job;
    await pause(100);
  }
  throw new Error(`Expected something to happen to the job ${id}.`);
}

const isOver = ({ status }: SeenJob) => ['succeeded', 'failed', 'cancelled'].includes(status);

test('SIGTERM gives a running job back; after a restart it ends with the same weights', async () => {
  const data = await folder();
  const first = await startServer({ data });
  onTestFinished(() => first.remove());
  const undisturbed = await jobThat(first.url, (await newJob(first.url, 60)).id, isOver);
  expect(undisturbed).toMatchObject({ status: 'succeeded', attempt: 1 });

  const { id } = await newJob(first.url, 60);
  const events = await fetch(`${first.url}/v1/fine_tuning/jobs/${id}/events?stream=true`);
  await jobThat(first.url, id, ({ status }) => status === 'running');
  const begin = performance.now();
  expect(await first.stop()).toBe(0);
  expect(performance.now() - begin).toBeLessThan(10_000);
  const told = await events.text(); // ends in order, without the last word: the client comes back
  expect(told).toContain('event: event');
  expect(told).not.toContain('[DONE]');

  const idle = await startServer({ data, flags: ['--jobs', '0'] });
  onTestFinished(() => idle.remove());
  expect(await jobThat(idle.url, id, () => true)).toMatchObject({ status: 'queued', attempt: 1 });
  await idle.stop();

  const second = await startServer({ data });
  onTestFinished(() => second.remove());
  const again = await jobThat(second.url, id, isOver);
  expect(again).toMatchObject({ status: 'succeeded', attempt: 2 });
  expect(again.result?.weightsHash).toBe(undisturbed.result?.weightsHash);
});

test('SIGTERM lets an upload that moves end, and takes nothing new', async () => {
  const server = await startServer({ flags: ['--jobs', '0'] });
  onTestFinished(() => server.remove());
  const body = ['a,b,label', ...Array.from({ length: 100 }, (_, i) => `${i},${i % 5},${i % 2}`)].join('\n');
  const json = { filename: 'table.csv', bytes: body.length };
  const made = await call(server.url, null, '/api/uploads', { json, status: 201 });
  const { id } = (await made.json()) as { id: string };

  const { hostname, port } = new URL(server.url);
  const socket = connect(Number(port), hostname);
  let answer = '';
  const ended = new Promise((resolve) => socket.on('data', (text) => (answer += text)).on('close', resolve));
  socket.write(
    `PUT /api/uploads/${id} HTTP/1.1\r\nHost: localhost\r\ncontent-type: text/csv\r\ncontent-length: ${body.length}\r\n\r\n`,
  );
  socket.write(body.slice(0, 100));
  await pause(300);
  const stopped = server.stop();
  await pause(500);
  await expect(fetch(`${server.url}/livez`)).rejects.toThrow();
  socket.write(body.slice(100));
  await ended;
  expect(answer).toMatch(/^HTTP\/1\.1 200 /);
  expect(answer).toContain(`"received":${body.length}`);
  expect(await stopped).toBe(0);
});

test('figures for Prometheus', async () => {
  const server = await startServer({ flags: ['--jobs', '0'] });
  onTestFinished(() => server.remove());
  await newJob(server.url, 1);
  await call(server.url, null, '/api/models', { status: 200 });
  await call(server.url, null, '/nowhere', { status: 404 });
  const response = await call(server.url, null, '/metrics', { status: 200 });
  expect(response.headers.get('content-type')).toMatch(/^text\/plain; version=/);
  const text = await response.text();
  const figure = (name: string) =>
    Number(
      text
        .split('\n')
        .find((line) => line.startsWith(name))
        ?.split(' ')[1],
    );
  expect(figure('graft_jobs{state="queued"}')).toBe(1);
  expect(figure('graft_jobs{state="succeeded"}')).toBe(0);
  expect(figure('graft_jobs_finished_total{outcome="failed"}')).toBe(0);
  expect(figure('graft_request_seconds_count{route="listModels",status="2xx"}')).toBe(1);
  expect(figure('graft_request_seconds_count{route="none",status="4xx"}')).toBe(1);
  expect(figure('graft_process_resident_bytes{process="server"}')).toBeGreaterThan(2 ** 24);
  expect(figure('graft_at_work{what="predictions"}')).toBe(0);
  expect(figure('nodejs_eventloop_lag_p99_seconds')).toBeGreaterThan(0);
});
