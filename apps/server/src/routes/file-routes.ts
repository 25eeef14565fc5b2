import * as z from 'zod';
import type { FileRow } from '../files/file-store.js';
import { listBody, listOf, pageOf, pageQuery } from '../http/paging.js';
import { Problem } from '../http/problem.js';
import { type Route, route } from '../http/route.js';
import { idSchema } from '../ids.js';
import type { Services } from '../services.js';
import { readMultipart } from '../uploads/multipart.js';

export const fileSchema = z.object({
  id: z.string(),
  object: z.literal('file'),
  bytes: z.int(),
  /** Seconds since 1970. */
  created_at: z.int(),
  filename: z.string(),
  purpose: z.string(),
  status: z.literal('processed'),
});

function fileBody({ id, createdAt, body }: FileRow): z.infer<typeof fileSchema> {
  const { bytes, name, purpose } = body;
  return {
    id,
    object: 'file',
    bytes,
    created_at: Math.floor(createdAt / 1000),
    filename: name,
    purpose,
    status: 'processed',
  };
}

/** Training data in the shape of OpenAI's files API. */
export function fileRoutes({ files, scratch, config }: Services): Route[] {
  const params = z.strictObject({ file: idSchema });
  const tag = 'files';
  return [
    route({
      method: 'post',
      path: '/v1/files',
      name: 'createFile',
      summary: 'Upload training data: a zip of LABEL/*.jpg, or a CSV table',
      tag,
      scope: 'train',
      body: { stream: ['multipart/form-data'], description: 'Fields: purpose=fine-tune, and file' },
      answers: { 200: { json: fileSchema } },
      handle: async ({ caller, request }) => {
        const upload = await readMultipart(request, {
          directory: scratch.spool,
          maxBytes: config.limits.uploadBytes,
          maxFiles: 1,
        });
        try {
          const [file] = upload.files;
          if (file?.field !== 'file') {
            throw new Problem(400, 'file-missing', 'Expected a part named "file". Received none.', {
              field: 'file',
            });
          }
          const { purpose } = upload.fields;
          if (purpose !== 'fine-tune') {
            throw new Problem(
              400,
              'purpose',
              `Expected the purpose "fine-tune". Received "${(purpose ?? '').slice(0, 100)}".`,
              {
                field: 'purpose',
              },
            );
          }
          const facts = { name: file.name, purpose, type: file.type };
          return { status: 200, json: fileBody(await files.add(caller.tenant, facts, file.spooled)) };
        } finally {
          await upload.dispose();
        }
      },
    }),
    route({
      method: 'get',
      path: '/v1/files',
      name: 'listFiles',
      summary: 'Files, newest first',
      tag,
      scope: 'read',
      query: pageQuery.extend({
        purpose: z.string().max(64).optional(),
        order: z.literal('desc').optional(),
      }),
      answers: { 200: { json: listOf(fileSchema) } },
      handle: async ({ caller: { tenant }, query }) => {
        const { rows, more } = await pageOf(
          query,
          (id) => files.find(tenant, id),
          (page) => files.list(tenant, page),
        );
        return { status: 200, json: listBody(rows.map(fileBody), more) };
      },
    }),
    route({
      method: 'get',
      path: '/v1/files/{file}',
      name: 'getFile',
      summary: 'One file',
      tag,
      scope: 'read',
      params,
      answers: { 200: { json: fileSchema } },
      handle: async ({ caller, params: { file } }) => ({
        status: 200,
        json: fileBody(await files.get(caller.tenant, file)),
      }),
    }),
    route({
      method: 'get',
      path: '/v1/files/{file}/content',
      name: 'downloadFile',
      summary: 'The bytes of a file',
      tag,
      scope: 'read',
      params,
      answers: { 200: { content: 'application/octet-stream' } },
      handle: async ({ caller, params: { file } }) => {
        const row = await files.get(caller.tenant, file);
        return {
          status: 200,
          stream: await files.read(row),
          headers: { 'content-type': 'application/octet-stream', 'content-length': String(row.body.bytes) },
        };
      },
    }),
    route({
      method: 'delete',
      path: '/v1/files/{file}',
      name: 'deleteFile',
      summary: 'Forget a file',
      tag,
      scope: 'train',
      params,
      answers: {
        200: { json: z.object({ id: z.string(), object: z.literal('file'), deleted: z.literal(true) }) },
      },
      handle: async ({ caller, params: { file } }) => {
        await files.remove(await files.get(caller.tenant, file));
        return { status: 200, json: { id: file, object: 'file', deleted: true } };
      },
    }),
  ];
}
