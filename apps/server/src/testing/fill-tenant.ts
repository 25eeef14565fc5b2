import { readdirSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { packZip } from '../uploads/pack-zip.js';

const iconnet = fileURLToPath(new URL('../../../../packages/node/models/iconnet', import.meta.url));

/** The smallest built-in model as an upload. */
export async function iconnetZip(): Promise<Buffer> {
  const folder = await mkdtemp(join(tmpdir(), 'graft-zip-'));
  try {
    const files = readdirSync(iconnet).map((name) => ({ name, path: join(iconnet, name) }));
    await packZip(files, join(folder, 'model.zip'));
    return await readFile(join(folder, 'model.zip'));
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** A small table with two classes. */
export const table = `a,b,label\n${Array.from({ length: 40 }, (_, i) => `${i % 2},${(i * 7) % 5},${i % 2 ? 'x' : 'y'}`).join('\n')}\n`;

export function fileForm(text = table, name = 'table.csv'): FormData {
  const form = new FormData();
  form.set('purpose', 'fine-tune');
  form.set('file', new Blob([text]), name);
  return form;
}

/** A request with a key; the answer must be as expected. */
export async function call(
  url: string,
  key: string | null,
  path: string,
  options: RequestInit & { readonly json?: unknown; readonly status?: number } = {},
): Promise<Response> {
  const { json, status, ...rest } = options;
  const response = await fetch(`${url}${path}`, {
    ...rest,
    headers: {
      ...(key !== null && { authorization: `Bearer ${key}` }),
      ...(json !== undefined && { 'content-type': 'application/json' }),
      ...rest.headers,
    },
    ...(json !== undefined && { body: JSON.stringify(json), method: rest.method ?? 'POST' }),
  });
  if (status !== undefined && response.status !== status) {
    throw new Error(`${path}: expected ${status}, received ${response.status}: ${await response.text()}`);
  }
  return response;
}

/**
 * Makes one of everything for the tenant of a key.
 *
 * @returns ids by the name of the path parameter that takes them
 */
export async function fillTenant(url: string, key: string): Promise<Readonly<Record<string, string>>> {
  const idOf = async (path: string, options: Parameters<typeof call>[3]) =>
    ((await (await call(url, key, path, options)).json()) as { id: string }).id;
  const file = await idOf('/v1/files', { method: 'POST', body: fileForm(), status: 200 });
  const model = await idOf('/api/models/mine', {
    method: 'PUT',
    body: await iconnetZip(),
    headers: { 'content-type': 'application/zip' },
    status: 201,
  });
  const alias = await idOf('/api/aliases/production', { method: 'PUT', json: { model }, status: 201 });
  const job = await idOf('/v1/fine_tuning/jobs', { json: { model, training_file: file }, status: 200 });
  const upload = await idOf('/api/uploads', { json: { filename: 'table.csv', bytes: 100 }, status: 201 });
  const made = await idOf('/api/keys', { json: { name: 'second', scopes: ['read'] }, status: 201 });
  return { file, dataset: file, model, alias, job, upload, key: made };
}
