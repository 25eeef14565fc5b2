import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { call } from '../testing/fill-tenant.js';
import { startServer, type TestServer } from '../testing/server.js';

const shop = 'https://shop.example';
let server: TestServer;

beforeAll(async () => {
  server = await startServer({ flags: ['--jobs', '0', '--allow-origin', 'https://allowed.example'] });
});
afterAll(() => server.remove());

const tokenFor = async (body: object, key: string | null = null) =>
  (await (await call(server.url, key, '/api/tokens', { json: { origin: shop, ...body } })).json()) as Record<
    string,
    unknown
  > & { id: string; token: string; expires_at: number };

const keyWith = async (scopes: string[]) => {
  const made = await call(server.url, null, '/api/keys', { json: { name: 'test', scopes }, status: 201 });
  return (await made.json()) as { id: string; key: string };
};

const preflight = (origin: string) =>
  call(server.url, null, '/api/models', {
    method: 'OPTIONS',
    headers: { origin, 'access-control-request-method': 'GET' },
  });

describe('a browser token', () => {
  test('works from its origin, and from nowhere else', async () => {
    expect((await preflight(shop)).headers.get('access-control-allow-origin')).toBeNull();
    const { token } = await tokenFor({ scopes: ['read'] });
    const from = (origin: string | null) =>
      call(server.url, token, '/api/models', { headers: origin === null ? {} : { origin } });
    const answer = await from(shop);
    expect(answer.status).toBe(200);
    expect(answer.headers.get('access-control-allow-origin')).toBe(shop);
    expect((await from('https://shop.example.evil.example')).status).toBe(401);
    expect((await from('http://shop.example')).status).toBe(401);
    expect((await from(null)).status).toBe(401);
    const asked = await preflight(shop);
    expect(asked.status).toBe(204);
    expect(asked.headers.get('access-control-allow-headers')).toContain('authorization');
  });

  test('is listed among the keys, and ends when it is removed', async () => {
    const { id, token } = await tokenFor({ scopes: ['read'], origin: 'https://once.example' });
    const use = () => call(server.url, token, '/api/models', { headers: { origin: 'https://once.example' } });
    expect((await use()).status).toBe(200);
    const { data } = (await (await call(server.url, null, '/api/keys')).json()) as { data: { id: string }[] };
    expect(data.map((key) => key.id)).toContain(id);
    await call(server.url, null, `/api/keys/${id}`, { method: 'DELETE', status: 204 });
    expect((await use()).status).toBe(401);
    expect((await preflight('https://once.example')).status).not.toBe(204);
  });

  test('ends with the key that made it', async () => {
    const maker = await keyWith(['train', 'read']);
    const { token } = await tokenFor({ scopes: ['read'] }, maker.key);
    const use = () => call(server.url, token, '/api/models', { headers: { origin: shop } });
    expect((await use()).status).toBe(200);
    await call(server.url, null, `/api/keys/${maker.id}`, { method: 'DELETE', status: 204 });
    expect((await use()).status).toBe(401);
  });

  test('lives a second, if so wished, and never longer than a day', async () => {
    const { token, expires_at } = await tokenFor({ scopes: ['read'], expires_in: 1 });
    expect(expires_at).toBeLessThanOrEqual(Date.now() / 1000 + 1);
    await new Promise((resolve) => setTimeout(resolve, 1100));
    expect((await call(server.url, token, '/api/models', { headers: { origin: shop } })).status).toBe(401);
    const json = { origin: shop, scopes: ['read'], expires_in: 86_401 };
    expect((await call(server.url, null, '/api/tokens', { json })).status).toBe(400);
  });

  test.each([
    ['admin', ['admin'], ['admin'], 400],
    ['a scope that its maker lacks', ['train'], ['read'], 403],
    ['what a reader asks for', ['read'], ['read'], 403],
  ])('never has %s', async (_, own, wanted, status) => {
    const { key } = await keyWith(own);
    const json = { origin: shop, scopes: wanted };
    expect((await call(server.url, key, '/api/tokens', { json })).status).toBe(status);
  });

  test('makes no others', async () => {
    const { token } = await tokenFor({ scopes: ['train'] });
    const json = { origin: shop, scopes: ['train'] };
    expect((await call(server.url, token, '/api/tokens', { json, headers: { origin: shop } })).status).toBe(
      403,
    );
  });

  test.each(['*', 'null', 'shop.example', 'https://shop.example/path', 'https://SHOP.example', 'file:///x'])(
    'is for no origin such as %s',
    async (origin) => {
      const json = { origin, scopes: ['read'] };
      expect((await call(server.url, null, '/api/tokens', { json })).status).toBe(400);
    },
  );
});

describe('without a key, on loopback', () => {
  const cancel = (headers: Record<string, string>) =>
    call(server.url, null, '/v1/fine_tuning/jobs/ftjob-none/cancel', { method: 'POST', headers });

  test('pages of elsewhere can do nothing, though their forms need no preflight', async () => {
    expect((await cancel({})).status).toBe(404);
    expect((await cancel({ origin: server.url })).status).toBe(404);
    expect((await cancel({ origin: 'https://allowed.example' })).status).toBe(404);
    expect((await cancel({ origin: 'https://evil.example' })).status).toBe(403);
    expect((await cancel({ origin: 'null' })).status).toBe(403);
    expect((await cancel({ origin: shop })).status).toBe(403);
  });

  test('what comes through a proxy needs a key', async () => {
    expect((await cancel({ 'x-forwarded-for': '203.0.113.7' })).status).toBe(401);
    expect((await cancel({ forwarded: 'for=203.0.113.7' })).status).toBe(401);
  });
});

test('wrong keys are counted, and hold up nobody who has a right one', async () => {
  const other = await startServer({ flags: ['--jobs', '0'] });
  try {
    const made = await call(other.url, null, '/api/keys', { json: { name: 'right', scopes: ['read'] } });
    const { key: right } = (await made.json()) as { key: string };
    expect((await call(other.url, right, '/api/models')).status).toBe(200);
    const wrong = `key-${'a'.repeat(16)}.${'b'.repeat(32)}`;
    const statuses = [];
    for (let i = 0; i < 101; i++) statuses.push((await call(other.url, wrong, '/api/models')).status);
    expect(statuses.slice(0, 100)).toEqual(Array(100).fill(401));
    expect(statuses[100]).toBe(429);
    expect((await call(other.url, right, '/api/models')).status).toBe(200);
    expect((await call(other.url, null, '/api/models')).status).toBe(200);
  } finally {
    await other.remove();
  }
});
