import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { makeKey } from './make-key.js';
import { call, fillTenant } from './testing/fill-tenant.js';
import { startServer, type TestServer } from './testing/server.js';

interface Operation {
  readonly method: string;
  readonly path: string;
  readonly name: string;
  readonly scope: string | null;
  readonly content: readonly string[];
}

/** Bodies that get as far as the look for what the path names. Others get some bytes. */
const bodies: Readonly<Record<string, unknown>> = {
  setAlias: { model: 'mine' },
  tagModel: { tags: { stage: 'stolen' } },
};

/** What paths name that belongs to nobody. */
const constants: Readonly<Record<string, string>> = { version: '1' };

/** Names that every tenant gives on its own: the same one is another thing, and may be made. */
const ownNames = ['uploadModel', 'setAlias'];

let server: TestServer;
let data: string;
let ids: Readonly<Record<string, string>>;
let operations: readonly Operation[];
const keys = { a: '', b: '', none: '' };

beforeAll(async () => {
  data = await mkdtemp(join(tmpdir(), 'graft-tenancy-'));
  const keyFor = (tenant: string, scopes: string[]) =>
    makeKey({ data, database: null }, { name: 'test', tenant, scopes });
  keys.a = await keyFor('tenant-a', ['admin']);
  keys.b = await keyFor('tenant-b', ['admin']);
  server = await startServer({ data, flags: ['--host', '0.0.0.0', '--jobs', '0', '--backend', 'cpu'] });
  operations = await operationsOf(server.url);
  ids = await fillTenant(server.url, keys.a);
});

afterAll(async () => {
  await server.remove();
  await rm(data, { recursive: true, force: true });
});

describe('every operation that names something', () => {
  test('has a fixture for each name', () => {
    const named = operations.filter(({ path }) => path.includes('{'));
    expect(named.length).toBeGreaterThan(15);
    const unknown = named
      .flatMap(({ path }) => namesIn(path))
      .filter((name) => !(name in ids || name in constants));
    expect(unknown, 'add what it names to fillTenant').toEqual([]);
  });

  test("finds nothing of another tenant's, and changes nothing", async () => {
    const before = await everythingOf(keys.a);
    const wrong: string[] = [];
    for (const operation of operations.filter(({ path }) => path.includes('{'))) {
      const response = await ask(operation, keys.b);
      const body = await response.text();
      const fine = ownNames.includes(operation.name)
        ? response.status < 500
        : response.status === 404 && body.includes('"urn:graft:problem:');
      if (!fine) wrong.push(`${operation.name}: ${response.status} ${body.slice(0, 200)}`);
    }
    expect(wrong, 'where it says 400, add a body to bodies').toEqual([]);
    expect(await everythingOf(keys.a)).toEqual(before);
  });

  test('tells a foreign name no differently from one that nobody has', async () => {
    const { url } = server;
    for (const path of ['/v1/files/{file}', '/v1/fine_tuning/jobs/{job}', '/api/models/{model}']) {
      const [name = ''] = namesIn(path);
      const foreign = ids[name] ?? '';
      const unknown = foreign.replace(/.$/, (last) => (last === 'a' ? 'b' : 'a'));
      const said = async (id: string) =>
        (await (await call(url, keys.b, path.replace(`{${name}}`, id))).text())
          .replaceAll(id, 'ID')
          .replace(/urn:graft:request:[\w-]+/, '');
      expect(await said(foreign)).toBe(await said(unknown));
    }
  });
});

test('lists show nothing of another tenant', async () => {
  const lists = operations.filter(({ name }) => name.startsWith('list'));
  const filled = [];
  for (const { path, name } of lists.filter(({ path }) => !path.includes('{'))) {
    const listed = async (key: string) =>
      ((await (await call(server.url, key, path, { status: 200 })).json()) as { data: { id: string }[] })
        .data;
    if ((await listed(keys.a)).length > 0) filled.push(name);
    const mine = await listed(keys.b);
    expect(JSON.stringify(mine), name).not.toMatch(new RegExp(Object.values(ids).join('|')));
  }
  expect(filled.length, 'lists with something in them').toBeGreaterThanOrEqual(7);
});

test('references in bodies find nothing of another tenant', async () => {
  const ask = (json: unknown, path = '/v1/fine_tuning/jobs') => call(server.url, keys.b, path, { json });
  const { file, model } = ids;
  expect((await ask({ model: 'iconnet', training_file: file })).status).toBe(404);
  expect((await ask({ model, training_file: file })).status).toBe(404);
  expect((await ask({ model: 'production', training_file: file })).status).toBe(404);
  const cursor = await call(server.url, keys.b, `/v1/files?after=${file}`);
  expect(cursor.status).toBe(400);
});

test('what is repeated under the Idempotency-Key of another tenant is made anew', async () => {
  const options = { headers: { 'idempotency-key': 'shared' }, json: {} };
  const file = async (key: string) => {
    const form = new FormData();
    form.set('purpose', 'fine-tune');
    form.set('file', new Blob(['a,label\n1,x\n2,y\n']), 'own.csv');
    const response = await call(server.url, key, '/v1/files', { method: 'POST', body: form, status: 200 });
    return ((await response.json()) as { id: string }).id;
  };
  const jobs = [];
  for (const key of [keys.a, keys.b]) {
    const json = { model: 'iconnet', training_file: await file(key) };
    const response = await call(server.url, key, '/v1/fine_tuning/jobs', { ...options, json, status: 200 });
    jobs.push(((await response.json()) as { id: string }).id);
  }
  expect(jobs[0]).not.toBe(jobs[1]);
});

describe('every operation', () => {
  test('needs a key, if it needs a scope', async () => {
    const wrong: string[] = [];
    for (const operation of operations) {
      const { status } = await ask(operation, null);
      if (operation.scope === null ? status >= 400 : status !== 401)
        wrong.push(`${operation.name}: ${status}`);
    }
    expect(wrong).toEqual([]);
  });

  test('needs its scope, and no other', async () => {
    const wrong: string[] = [];
    for (const scope of ['read', 'train', 'predict']) {
      const made = await call(server.url, keys.a, '/api/keys', { json: { name: scope, scopes: [scope] } });
      const { key } = (await made.json()) as { key: string };
      for (const operation of operations) {
        if (operation.scope === null || operation.scope === scope) continue;
        const { status } = await ask(operation, key);
        if (status !== 403) wrong.push(`${operation.name} with ${scope}: ${status}`);
      }
    }
    expect(wrong).toEqual([]);
  });

  test('is open to all only where it tells nothing of anybody', () => {
    const open = operations.filter(({ scope }) => scope === null).map(({ path }) => path);
    expect(
      open.filter(
        (path) => !/^\/($|page\/|docs$|openapi\.json$|livez$|readyz$|startupz$|v2$|v2\/health\/)/.test(path),
      ),
    ).toEqual([]);
  });
});

test("the operator's figures are not for other tenants", async () => {
  expect((await call(server.url, keys.a, '/metrics')).status).toBe(403);
});

/** Asks with the ids of tenant A. */
function ask(operation: Operation, key: string | null): Promise<Response> {
  const { method, path, content } = operation;
  const target = path.replace(/\{(\w+)\}/g, (_, name: string) => ids[name] ?? constants[name] ?? '');
  const options = { method: method.toUpperCase(), signal: AbortSignal.timeout(10_000) };
  if (content.includes('application/json') && operation.name in bodies)
    return call(server.url, key, target, { ...options, json: bodies[operation.name] });
  const [type] = content;
  if (type === undefined || type === 'application/json') return call(server.url, key, target, options);
  return call(server.url, key, target, { ...options, body: 'some bytes', headers: { 'content-type': type } });
}

/** All that a tenant can see of its own, but what counts requests. */
async function everythingOf(key: string): Promise<Record<string, string>> {
  const seen: Record<string, string> = {};
  for (const operation of operations) {
    const { method, name, scope } = operation;
    if (method !== 'get' || scope === null || name === 'metrics') continue;
    const response = await ask(operation, key);
    expect(response.status, name).toBe(200);
    seen[name] = Buffer.from(await response.arrayBuffer()).toString('base64');
  }
  return seen;
}

async function operationsOf(url: string): Promise<Operation[]> {
  const { paths } = (await (await fetch(`${url}/openapi.json`)).json()) as {
    paths: Record<string, Record<string, Record<string, unknown>>>;
  };
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => {
      const body = operation.requestBody as { content?: object } | undefined;
      const content = Object.keys(body?.content ?? {});
      return {
        method,
        path,
        name: String(operation.operationId),
        scope: (operation['x-scope'] as string | undefined) ?? null,
        content,
      };
    }),
  );
}

const namesIn = (path: string): string[] => [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name ?? '');
