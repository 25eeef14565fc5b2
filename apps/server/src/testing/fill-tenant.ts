import { readdirSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { packZip } from '../uploads/pack-zip.js';
import { rawZip } from '../uploads/testing/raw-zip.js';
import { labelPicture } from './pictures-zip.js';

const iconnet = fileURLToPath(new URL('../../../../packages/node/models/iconnet', import.meta.url));

/** The smallest built-in model as an upload. */
async function iconnetZip(): Promise<Buffer> {
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

export function fileForm(content: string | Blob = table, name = 'table.csv'): FormData {
  const form = new FormData();
  form.set('purpose', 'fine-tune');
  form.set('file', new Blob([content]), name);
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

/** Tests a model on a few pictures with two of its labels. */
async function evaluated(url: string, key: string, model: string): Promise<string> {
  const shown = await call(url, key, `/api/models/${model}`, { status: 200 });
  const { labels } = (await shown.json()) as { labels: string[] };
  const pictures = [0, 1, 2, 3].map(async (index) => ({
    name: `${labels[index % 2]}/${index}.png`,
    data: Buffer.from(await labelPicture('day', index)),
  }));
  const zip = new Blob([rawZip(await Promise.all(pictures))]);
  const body = fileForm(zip, 'pictures.zip');
  const posted = await call(url, key, '/v1/files', { method: 'POST', body, status: 200 });
  const { id: dataset } = (await posted.json()) as { id: string };
  const made = await call(url, key, '/api/evaluations', { json: { model, dataset }, status: 201 });
  return ((await made.json()) as { id: string }).id;
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
  const evaluation = await evaluated(url, key, model);
  return { file, dataset: file, evaluation, model, alias, job, upload, key: made };
}
