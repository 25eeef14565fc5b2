import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { call, fillTenant } from './testing/fill-tenant.js';
import { startServer, type TestServer } from './testing/server.js';

let server: TestServer;
beforeAll(async () => {
  server = await startServer({ flags: ['--jobs', '0', '--backend', 'cpu', '--log-level', 'debug'] });
});
afterAll(() => server.remove());

const entries = async (query = '') => {
  const log = await call(server.url, null, `/api/audit${query}`, { status: 200 });
  return (await log.json()) as { data: Record<string, unknown>[]; has_more: boolean; last_id: string };
};

const keyWith = async (scopes: string[]) => {
  const made = await call(server.url, null, '/api/keys', { json: { name: 'ci', scopes }, status: 201 });
  return (await made.json()) as { id: string; key: string };
};

test('every change is put down: who, what, by which request', async () => {
  const { id, key } = await keyWith(['train', 'read']);
  await call(server.url, key, '/v1/files', { status: 200 });
  const json = { filename: 'a.csv', bytes: 10 };
  const headers = { 'x-request-id': 'request-7' };
  const upload = await call(server.url, key, '/api/uploads', { json, headers, status: 201 });
  const { id: uploadId } = (await upload.json()) as { id: string };
  await call(server.url, key, '/api/keys', { json: { name: 'no', scopes: ['read'] }, status: 403 });

  const { data } = await entries();
  expect(data).toHaveLength(2);
  expect(data).toMatchObject([
    { id: '1', who: 'local', operation: 'createKey', changes: [{ change: 'create', kind: 'key', id }] },
    {
      id: '2',
      who: `${id} (ci)`,
      operation: 'createUpload',
      request_id: 'request-7',
      changes: [{ change: 'create', kind: 'upload', id: uploadId }],
    },
  ]);
});

test('a page goes on behind a number', async () => {
  await fillTenant(server.url, (await keyWith(['admin'])).key);
  const first = await entries('?limit=3');
  expect(first).toMatchObject({ has_more: true, last_id: '3' });
  const rest = await entries(`?after=${first.last_id}`);
  expect(rest.has_more).toBe(false);
  const operations = rest.data.map(({ operation }) => operation);
  expect(operations).toEqual([
    'createFile',
    'uploadModel',
    'setAlias',
    'createJob',
    'createUpload',
    'createKey',
    'createFile',
    'createEvaluation',
  ]);
});

test('no secret of a key is in the log or in the data directory', async () => {
  const { key } = await keyWith(['admin']);
  const [, secret = ''] = key.split('.');
  expect(secret).toHaveLength(32);
  const headers = { origin: 'https://shop.example' };
  const token = await call(server.url, key, '/api/tokens', {
    json: { origin: 'https://shop.example', scopes: ['read'] },
    status: 201,
  });
  const { token: browserKey } = (await token.json()) as { token: string };
  await call(server.url, key, '/api/models', { status: 200 });
  await call(server.url, browserKey, '/api/models', { headers, status: 200 });
  await call(server.url, `${key}x`, '/api/models', { status: 401 });
  await call(server.url, key, '/v1/fine_tuning/jobs', { json: { model: key }, status: 400 });
  const secrets = [secret, browserKey.split('.')[1] ?? ''];
  for (const text of secrets) {
    expect(server.log.join('\n')).not.toContain(text);
    for (const name of await readdir(server.data, { recursive: true })) {
      const bytes = await readFile(join(server.data, name)).catch(() => Buffer.alloc(0));
      expect(bytes.includes(text), name).toBe(false);
    }
  }
  expect(server.log.length).toBeGreaterThan(5);
});
