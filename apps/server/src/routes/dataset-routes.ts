import { join } from 'node:path';
import * as z from 'zod';
import type { FileRow } from '../files/file-store.js';
import { etagOf } from '../http/if-match.js';
import { listBody, listOf, pageOf, pageQuery } from '../http/paging.js';
import { Problem } from '../http/problem.js';
import { type Route, route } from '../http/route.js';
import { idSchema, randomText } from '../ids.js';
import type { Services } from '../services.js';
import { datasetManifestSchema } from '../uploads/dataset-manifest.js';
import { type Multipart, readMultipart } from '../uploads/multipart.js';
import { packZip } from '../uploads/pack-zip.js';
import type { Spooled } from '../uploads/spool.js';

const datasetSchema = z.object({
  id: z.string(),
  object: z.literal('graft.dataset'),
  created_at: z.int(),
  name: z.string(),
  bytes: z.int(),
  /** Equal data has equal hashes, and is kept once. */
  sha256: z.string(),
  manifest: datasetManifestSchema,
});

function datasetBody({ id, createdAt, body }: FileRow): z.infer<typeof datasetSchema> {
  const { name, bytes, sha256, manifest } = body;
  return {
    id,
    object: 'graft.dataset',
    created_at: Math.floor(createdAt / 1000),
    name,
    bytes,
    sha256,
    manifest,
  };
}

/** Training data as it is: what `/v1/files` shows in OpenAI's shape, with what is in it. Ids are the same. */
export function datasetRoutes({ files, scratch, config }: Services): Route[] {
  const tag = 'datasets';
  const params = z.strictObject({ dataset: idSchema });
  const found = (tenant: string, id: string) => files.get(tenant, id, 'dataset');
  return [
    route({
      method: 'post',
      path: '/api/datasets',
      name: 'createDataset',
      summary: 'Upload a zip of LABEL/*.jpg, a CSV table, or pictures one by one',
      tag,
      scope: 'train',
      body: {
        stream: ['multipart/form-data'],
        description: 'One part "file" with a zip or a CSV; or many with file names such as truck/1.jpg',
      },
      answers: { 201: { json: datasetSchema } },
      handle: async ({ caller: { tenant }, request, signal }) => {
        const upload = await readMultipart(request, {
          directory: scratch.spool,
          maxBytes: config.limits.uploadBytes,
          maxFiles: config.limits.datasetEntries,
          signal,
        });
        const whole = await oneFile(upload, scratch.spool);
        try {
          const facts = { name: whole.name, purpose: 'fine-tune', type: null };
          const row = await files.add(tenant, facts, whole.spooled);
          return { status: 201, json: datasetBody(row), headers: { location: `/api/datasets/${row.id}` } };
        } finally {
          await whole.spooled.dispose();
          await upload.dispose();
        }
      },
    }),
    route({
      method: 'get',
      path: '/api/datasets',
      name: 'listDatasets',
      summary: 'Data sets, newest first',
      tag,
      scope: 'read',
      query: pageQuery,
      answers: { 200: { json: listOf(datasetSchema) } },
      handle: async ({ caller: { tenant }, query }) => {
        const { rows, more } = await pageOf(
          query,
          (id) => files.find(tenant, id),
          (page) => files.list(tenant, page),
        );
        return { status: 200, json: listBody(rows.map(datasetBody), more) };
      },
    }),
    route({
      method: 'get',
      path: '/api/datasets/{dataset}',
      name: 'getDataset',
      summary: 'What is in a data set',
      tag,
      scope: 'read',
      params,
      answers: { 200: { json: datasetSchema } },
      handle: async ({ caller: { tenant }, params: { dataset } }) => {
        const row = await found(tenant, dataset);
        return { status: 200, json: datasetBody(row), headers: { etag: etagOf(row) } };
      },
    }),
    route({
      method: 'delete',
      path: '/api/datasets/{dataset}',
      name: 'deleteDataset',
      summary: 'Forget a data set',
      tag,
      scope: 'train',
      params,
      answers: { 204: { content: 'text/plain', description: 'It is gone' } },
      handle: async ({ caller: { tenant }, params: { dataset } }) => {
        await files.remove(await found(tenant, dataset));
        return { status: 204, json: undefined };
      },
    }),
  ];
}

/** A single zip or table as it came; pictures as a zip of them. */
async function oneFile(upload: Multipart, directory: string): Promise<{ name: string; spooled: Spooled }> {
  const [first, ...others] = upload.files;
  if (!first) {
    throw new Problem(400, 'file-missing', 'Expected parts with files. Received none.', { field: 'file' });
  }
  if (others.length === 0 && !/\.(jpe?g|png|webp)$/i.test(first.name))
    return { name: first.name, spooled: first.spooled };
  const path = join(directory, `packed-${randomText(16)}`);
  const pictures = upload.files.map(({ name, spooled }) => ({ name, path: spooled.path }));
  return { name: upload.fields.name ?? 'pictures.zip', spooled: await packZip(pictures, path) };
}
