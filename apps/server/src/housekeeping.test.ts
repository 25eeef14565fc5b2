import { mkdir, readdir, readFile, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { blobReferences } from './blob-references.js';
import { type DataFile, fileBlob } from './files/file-store.js';
import { Housekeeping } from './housekeeping.js';
import { jobStream } from './jobs/job.js';
import { KeyStore } from './keys/key-store.js';
import { createLog } from './log.js';
import { type Model, modelBlob } from './models/model.js';
import { openStores } from './stores/open-stores.js';
import { tempFolder } from './stores/testing/temp-folder.js';

const hour = 3_600_000;
const day = 24 * hour;
const tenant = 'acme';

async function home(keepJobsDays: number | null = null) {
  const data = await tempFolder();
  const stores = await openStores({ data });
  const spool = join(data, 'scratch', 'server', 'spool');
  await mkdir(spool, { recursive: true });
  const { records, blobs } = stores;
  const parts = { records, blobs, scratch: { spool }, config: { keepJobsDays }, log: createLog('silent') };
  const housekeeping = new Housekeeping(parts);
  onTestFinished(async () => {
    await housekeeping.close();
    await stores.close();
  });
  const put = async (key: string) => {
    await writeFile(join(data, 'source'), 'bytes');
    await blobs.put(key, join(data, 'source'));
  };
  const keys = async () => {
    const found = [];
    for await (const { key } of blobs.list('')) found.push(key);
    return found;
  };
  return { data, records, blobs, housekeeping, put, keys };
}

const create = (kind: string, id: string, state: string | null, body: unknown, createdAt = Date.now()) =>
  ({ type: 'create', key: { kind, tenant, id }, state, body, createdAt }) as const;

test('removes blobs that no row names, an hour after they were stored', async () => {
  const { records, housekeeping, put, keys } = await home();
  const [named, left, ofModel] = ['a'.repeat(64), 'b'.repeat(64), 'c'.repeat(64)];
  const piece = 'uploads/upload-1/0-x';
  for (const key of [fileBlob(named), fileBlob(left), modelBlob(ofModel), modelBlob(left), piece, 'other/x'])
    await put(key);
  await records.commit([
    create('file', 'file-1', 'fine-tune', { sha256: named } satisfies Partial<DataFile>),
    create('model', 'm', null, {
      files: [{ name: 'x', bytes: 5, sha256: ofModel }],
    } satisfies Partial<Model>),
    create('upload', 'upload-1', 'open', { pieces: [{ key: piece, bytes: 5 }] }),
  ]);
  expect(await housekeeping.sweep()).toMatchObject({ blobs: 0 }); // of now: a row may be on its way
  expect(await housekeeping.sweep(Date.now() + 2 * hour)).toMatchObject({ blobs: 3, bytes: 15 });
  expect(await keys()).toEqual([fileBlob(named), modelBlob(ofModel), piece].sort());
});

test('two servers may sweep at once', async () => {
  const { records, blobs, data, housekeeping, put, keys } = await home();
  for (let i = 0; i < 50; i++) await put(fileBlob(String(i).padStart(64, '0')));
  const old = Date.now() - 2 * day;
  const repeat = (i: number) => create('idempotency', `i-${i}`, null, { request: 'x', id: 'y' }, old);
  await records.commit(Array.from({ length: 600 }, (_, i) => repeat(i)));
  const spool = join(data, 'scratch', 'other', 'spool');
  await mkdir(spool, { recursive: true });
  const log = createLog('silent');
  const other = new Housekeeping({ records, blobs, scratch: { spool }, config: { keepJobsDays: null }, log });
  const later = Date.now() + 2 * day;
  await Promise.all([housekeeping.sweep(later), other.sweep(later)]);
  await other.close();
  expect(await keys()).toEqual([]);
  expect(await records.count({ kind: 'idempotency' })).toBe(0);
});

test('forgets what is only good for a time', async () => {
  const { records, housekeeping } = await home();
  const keys = new KeyStore(records);
  const scopes = ['read'] as const;
  const { row } = await keys.create(tenant, {
    name: 'old',
    scopes,
    expiresAt: Date.now() - 1,
    origin: 'https://a.b',
  });
  await keys.create(tenant, { name: 'for ever', scopes });
  const now = Date.now();
  await records.commit([
    create('idempotency', 'asked', null, {}),
    create('upload', 'left', 'open', { pieces: [] }, now - 8 * day), // begun long ago, gone on with just now
  ]);
  expect(await housekeeping.sweep(now + 23 * hour)).toMatchObject({ keys: 1, repeats: 0, uploads: 0 });
  expect(await housekeeping.sweep(now + 25 * hour)).toMatchObject({ keys: 0, repeats: 1, uploads: 0 });
  expect(await housekeeping.sweep(now + 8 * day)).toMatchObject({ uploads: 1 });
  expect(await keys.get(tenant, row.id)).toBeNull();
  expect(await records.count({ kind: 'origin' })).toBe(0);
  expect(await records.count({ kind: 'key' })).toBe(1);
});

test('keeps jobs for ever, or as long as it is told, with their histories', async () => {
  const { records, housekeeping } = await home(30);
  const now = Date.now();
  const job = (id: string, state: string, finishedAt: number | null) =>
    create('job', id, state, { finishedAt }, now - 100 * day);
  await records.commit([
    job('old', 'succeeded', now - 31 * day),
    job('recent', 'failed', now - 29 * day),
    job('waits', 'queued', null),
    ...['old', 'recent'].map((id) => ({
      type: 'append' as const,
      stream: jobStream({ tenant, id }),
      entries: [{ type: 'queued' }],
    })),
  ]);
  expect(await housekeeping.sweep()).toMatchObject({ jobs: 1 });
  expect(await records.history(jobStream({ tenant, id: 'old' }), 0, 10)).toEqual([]);
  expect(await records.history(jobStream({ tenant, id: 'recent' }), 0, 10)).toHaveLength(1);
  expect(await records.count({ kind: 'job' })).toBe(2);
});

test('removes what processes left in scratch that have not been seen for a day', async () => {
  const { data, housekeeping } = await home();
  const folder = (name: string) => join(data, 'scratch', name);
  const old = new Date(Date.now() - 2 * day);
  for (const name of ['dead', 'alive']) await mkdir(join(folder(name), 'work'), { recursive: true });
  await utimes(folder('dead'), old, old);
  await utimes(folder('server'), old, old);
  expect(await housekeeping.sweep()).toMatchObject({ scratch: 1 });
  expect((await readdir(join(data, 'scratch'))).sort()).toEqual(['alive', 'server']);
});

test('knows of every kind of row which blobs it names', async () => {
  const sources = fileURLToPath(new URL('.', import.meta.url));
  const names = (await readdir(sources, { recursive: true })).filter(
    (name) => name.endsWith('.ts') && !/\.test\.ts$|testing/.test(name),
  );
  const texts = await Promise.all(names.map((name) => readFile(join(sources, name), 'utf8')));
  const kinds = texts.flatMap((text) =>
    [...text.matchAll(/\bkind: '([a-z-]+)',\s*(?:tenant|id|states)\b/g)].map(([, kind]) => kind ?? ''),
  );
  expect(kinds.length).toBeGreaterThan(8);
  expect([...new Set(kinds)].filter((kind) => !(kind in blobReferences))).toEqual([]);
});
