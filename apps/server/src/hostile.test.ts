import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { call } from './testing/fill-tenant.js';
import type { Attack } from './testing/hostile/attack.js';
import { jsonAttacks } from './testing/hostile/json-bodies.js';
import { codeAttacks, modelAttacks } from './testing/hostile/models.js';
import { type NamedRoute, nameAttacks, queryAttacks } from './testing/hostile/names.js';
import { pictureAttacks, tensorAttacks } from './testing/hostile/predictions.js';
import { type Answer, send } from './testing/hostile/send.js';
import { archiveAttacks, formAttacks } from './testing/hostile/uploads.js';
import { hostAttacks, smugglingAttacks } from './testing/hostile/wire.js';
import { labelPicture } from './testing/pictures-zip.js';
import { startServer, type TestServer } from './testing/server.js';

const mostMilliseconds = 2000;
const mostGrowthMB = 300;

let folder: string;
let server: TestServer;
let port: number;
let before: { outside: Map<string, string>; keys: unknown; memory: number };
let sent = 0;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'graft-hostile-'));
  await mkdir(join(folder, 'data'));
  for (const name of ['weights.bin', 'passwd', 'escape'])
    await writeFile(join(folder, name), `outside: ${name}`);
  server = await startServer({ data: join(folder, 'data'), flags: ['--jobs', '0', '--batch-ms', '0'] });
  port = Number(new URL(server.url).port);
  const body = Buffer.from(await labelPicture('day', 1));
  const picture = { method: 'POST', body, headers: { 'content-type': 'image/png' }, status: 200 };
  await call(server.url, null, '/api/models/iconnet/predict', picture);
  before = { outside: await outside(), keys: await keys(), memory: await peakMB() };
});

afterAll(async () => {
  await server.remove();
  await rm(folder, { recursive: true, force: true });
});

describe.each<[string, readonly Attack[]]>([
  ['queries', queryAttacks],
  ['JSON', jsonAttacks],
  ['smuggling and other bytes', smugglingAttacks],
  ['hosts, origins and keys', hostAttacks],
  ['forms', formAttacks],
  ['archives, tables and labels', archiveAttacks],
  ['code in models', codeAttacks],
  ['files and shapes of models', modelAttacks],
  ['pictures', pictureAttacks],
  ['tensors', tensorAttacks],
])('%s', (_, attacks) => {
  test(`${attacks.length} are refused`, () => refused(attacks));
});

test('names and paths in every spelling are refused by every route that takes one', async () => {
  const { paths } = (await (await fetch(`${server.url}/openapi.json`)).json()) as {
    paths: Record<string, Record<string, unknown>>;
  };
  const routes: NamedRoute[] = Object.entries(paths)
    .filter(([path]) => path.includes('{'))
    .flatMap(([path, methods]) => Object.keys(methods).map((method) => ({ method, path })));
  expect(routes.length).toBeGreaterThan(15);
  await refused(nameAttacks(routes));
});

test('Last-Event-ID is a number, or nothing', async () => {
  const { url } = server;
  const form = new FormData();
  form.set('purpose', 'fine-tune');
  form.set('file', new Blob(['a,label\n1,x\n2,y\n3,x\n4,y\n']), 'a.csv');
  const file = (await (await call(url, null, '/v1/files', { method: 'POST', body: form })).json()) as {
    id: string;
  };
  const made = await call(url, null, '/v1/fine_tuning/jobs', {
    json: { model: 'iconnet', training_file: file.id },
    status: 200,
  });
  const { id } = (await made.json()) as { id: string };
  await call(url, null, `/v1/fine_tuning/jobs/${id}/cancel`, { method: 'POST', status: 200 });
  for (const last of [
    '',
    '-1',
    '1e308',
    'NaN',
    'Infinity',
    '9'.repeat(400),
    '0x10',
    '1;x',
    '1.5',
    '__proto__',
    '%00',
  ]) {
    const path = `/v1/fine_tuning/jobs/${id}/events?stream=true`;
    const answer = await call(url, null, path, { headers: { 'last-event-id': last }, status: 200 });
    expect(await answer.text(), last).toMatch(/data: \[DONE\]\n\n$/);
  }
});

test('an Idempotency-Key is good for one request only', async () => {
  const file = async () => {
    const form = new FormData();
    form.set('purpose', 'fine-tune');
    form.set('file', new Blob(['a,label\n1,x\n2,y\n3,x\n4,y\n']), 'a.csv');
    const posted = await call(server.url, null, '/v1/files', { method: 'POST', body: form, status: 200 });
    return ((await posted.json()) as { id: string }).id;
  };
  const headers = { 'idempotency-key': 'once' };
  const json = { model: 'iconnet', training_file: await file() };
  await call(server.url, null, '/v1/fine_tuning/jobs', { json, headers, status: 200 });
  const other = { ...json, seed: 5 };
  await call(server.url, null, '/v1/fine_tuning/jobs', { json: other, headers, status: 422 });
});

test('bodies and headers that hardly come hold nobody up, and are cut off', { timeout: 60_000 }, async () => {
  const head = 'POST /v1/fine_tuning/jobs HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n';
  const slow = [
    'Content-Length: 1000\r\n\r\n{',
    'Transfer-Encoding: chunked\r\n\r\n1\r\n{\r\n',
    'X-A: b',
  ].map((rest) => ({
    name: rest.slice(0, 20),
    bytes: Buffer.from(head + rest),
  }));
  const cut = Promise.all(slow.map((attack) => send(attack, port, 40_000)));
  const idle = Array.from({ length: 200 }, () =>
    send({ name: 'idle', bytes: Buffer.from('G') }, port, 30_000),
  );
  await pause(500);
  const begin = performance.now();
  await call(server.url, null, '/livez', { status: 200 });
  expect(performance.now() - begin).toBeLessThan(mostMilliseconds);
  expect((await cut).map(({ status, body }) => [status, codeIn(body)])).toEqual(
    Array(3).fill([408, 'too-slow']),
  );
  expect(new Set((await Promise.all(idle)).map(({ status }) => status))).toEqual(new Set([408]));
});

test('nobody connects to where a request says', async () => {
  let connections = 0;
  const trap = createServer((socket) => {
    connections++;
    socket.destroy();
  });
  await new Promise<void>((resolve) => trap.listen(0, '127.0.0.1', resolve));
  const address = trap.address() as { port: number };
  const urls = ['127.0.0.1', 'localhost', '127.1', '2130706433', '0x7f000001', '[::ffff:127.0.0.1]', '0'].map(
    (host) => `http://${host}:${address.port}/x`,
  );
  for (const url of urls) {
    for (const json of [
      { model: url, training_file: 'file-a' },
      { model: 'iconnet', training_file: url },
      { model: 'iconnet', training_file: 'file-a', validation_file: url },
      { model: 'iconnet', training_file: 'file-a', metadata: { callback: url } },
    ])
      expect((await call(server.url, null, '/v1/fine_tuning/jobs', { json })).status).toBeLessThan(500);
    for (const json of [{ instances: [{ b64: url }] }, { instances: [url] }, { inputs: url }])
      expect((await call(server.url, null, '/v1/models/iconnet:predict', { json })).status).toBeLessThan(500);
  }
  await pause(200);
  trap.close();
  expect(connections).toBe(0);
});

describe('after all that', () => {
  test('there were many', () => {
    expect(sent).toBeGreaterThan(300);
  });

  test('the server is the same, and answers', async () => {
    expect((await call(server.url, null, '/readyz', { status: 200 })).ok).toBe(true);
    const body = Buffer.from(await labelPicture('day', 1));
    const picture = { method: 'POST', body, headers: { 'content-type': 'image/png' } };
    await call(server.url, null, '/api/models/iconnet/predict', { ...picture, status: 200 });
    expect(server.log.filter((line) => /"level":"(error|fatal)"/.test(line))).toEqual([]);
  });

  test('nothing was made that only a smuggled request would make', async () => {
    expect(await keys()).toEqual(before.keys);
  });

  test('nothing outside the data directory was touched, and nothing is left in scratch', async () => {
    expect(await outside()).toEqual(before.outside);
    expect(existsSync(join(tmpdir(), 'graft-hostile-escape'))).toBe(false);
    expect(existsSync(join(tmpdir(), 'graft-hostile-escape.png'))).toBe(false);
    expect(await readdir(join(server.data, 'scratch', 'server', 'spool'))).toEqual([]);
  });

  test('memory has not grown much', async () => {
    expect((await peakMB()) - before.memory).toBeLessThan(mostGrowthMB);
  });
});

async function refused(attacks: readonly Attack[]): Promise<void> {
  const wrong: string[] = [];
  for (const attack of attacks) {
    const answer = await send(attack, port, 5000);
    const fault = faultOf(attack, answer);
    sent++;
    if (fault) wrong.push(`${attack.name}: ${fault}: ${answer.status} ${answer.body.slice(0, 300)}`);
  }
  expect(wrong).toEqual([]);
}

function faultOf({ harmless = false, status: exact }: Attack, answer: Answer): string | null {
  const { status, type, body, milliseconds } = answer;
  if (milliseconds > mostMilliseconds) return `took ${Math.round(milliseconds)} ms`;
  if (/\n\s+at \S|node_modules|node:internal|\.[jt]s:\d+/.test(body)) return 'tells of our insides';
  if (harmless && status >= 200 && status < 300)
    return type.startsWith('application/json') ? null : 'odd type';
  if (status < 400 || status >= 500) return 'is no refusal';
  if (exact !== undefined && status !== exact) return `is not ${exact}`;
  if (!type.startsWith('application/problem+json')) return `is of type ${type}`;
  return codeIn(body) === null ? 'has no code' : null;
}

function codeIn(body: string): string | null {
  try {
    return /^urn:graft:problem:([a-z0-9/-]+)$/.exec((JSON.parse(body) as { type: string }).type)?.[1] ?? null;
  } catch {
    return null;
  }
}

/** Beside the data directory, and what is in the folder that the server was started in. */
async function outside(): Promise<Map<string, string>> {
  const seen = new Map((await readdir(process.cwd())).map((name) => [name, 'there']));
  for (const name of await readdir(folder)) {
    const path = join(folder, name);
    if (path !== server.data) seen.set(path, await readFile(path, 'utf8'));
  }
  return seen;
}

async function keys(): Promise<unknown> {
  return (await call(server.url, null, '/api/keys', { status: 200 })).json();
}

/** The most that the server and its children have taken so far, where the platform tells. */
async function peakMB(): Promise<number> {
  let total = 0;
  for (const pid of await readdir('/proc').catch(() => [])) {
    const text = /^\d+$/.test(pid) ? await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '') : '';
    const parent = Number(/^PPid:\s*(\d+)/m.exec(text)?.[1]);
    if (Number(pid) !== server.pid && parent !== server.pid) continue;
    total += Number(/^VmHWM:\s*(\d+)/m.exec(text)?.[1] ?? 0) / 1024;
  }
  return total;
}
