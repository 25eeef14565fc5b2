import * as z from 'zod';
import { receivedBytes, type UploadRow } from '../files/upload-store.js';
import { Problem } from '../http/problem.js';
import { type Route, route } from '../http/route.js';
import { idSchema } from '../ids.js';
import type { Services } from '../services.js';
import { spool } from '../uploads/spool.js';

const uploadSchema = z.object({
  id: z.string(),
  object: z.literal('graft.upload'),
  filename: z.string(),
  bytes: z.int(),
  /** The next piece starts here. */
  received: z.int(),
  /** Set when all has come. */
  dataset: z.string().nullable(),
});

function uploadBody({ id, body }: UploadRow): z.infer<typeof uploadSchema> {
  const { name, bytes, file } = body;
  return {
    id,
    object: 'graft.upload',
    filename: name,
    bytes,
    received: file === null ? receivedBytes(body) : bytes,
    dataset: file,
  };
}

/** Large data sets in pieces: after a lost connection, ask what was received and go on there. */
export function uploadRoutes({ uploads, files, scratch, config }: Services): Route[] {
  const tag = 'datasets';
  const params = z.strictObject({ upload: idSchema });
  return [
    route({
      method: 'post',
      path: '/api/uploads',
      name: 'createUpload',
      summary: 'Announce a data set that comes in pieces',
      tag,
      scope: 'train',
      body: {
        json: z.strictObject({
          filename: z.string().min(1).max(255),
          bytes: z.int().positive().max(config.limits.uploadBytes),
          sha256: z
            .string()
            .regex(/^[0-9a-f]{64}$/)
            .nullish(),
        }),
      },
      answers: { 201: { json: uploadSchema } },
      handle: async ({ caller: { tenant }, body: { filename: name, bytes, sha256 } }) => ({
        status: 201,
        json: uploadBody(await uploads.create(tenant, { name, bytes, sha256: sha256 ?? null })),
      }),
    }),
    route({
      method: 'get',
      path: '/api/uploads/{upload}',
      name: 'getUpload',
      summary: 'How much of an upload has come',
      tag,
      scope: 'train',
      params,
      answers: { 200: { json: uploadSchema } },
      handle: async ({ caller: { tenant }, params: { upload } }) => ({
        status: 200,
        json: uploadBody(await uploads.get(tenant, upload)),
      }),
    }),
    route({
      method: 'put',
      path: '/api/uploads/{upload}',
      name: 'putUpload',
      summary: 'Send the bytes, or with Content-Range: bytes FROM-TO/ALL a piece of them',
      tag,
      scope: 'train',
      params,
      body: { stream: ['application/octet-stream', 'application/zip', 'text/csv'], description: 'Raw bytes' },
      answers: { 200: { json: uploadSchema } },
      handle: async ({ caller: { tenant }, params: { upload }, request, signal }) => {
        const row = await uploads.get(tenant, upload);
        if (row.body.file !== null) return { status: 200, json: uploadBody(row) };
        const piece = pieceOf(request.headers['content-range'], row);
        const spooled = await spool(request, { directory: scratch.spool, maxBytes: piece.bytes, signal });
        try {
          if (spooled.bytes !== piece.bytes) {
            throw new Problem(400, 'length', `Expected ${piece.bytes} bytes. Received ${spooled.bytes}.`, {
              field: 'Content-Range',
            });
          }
          const longer = await uploads.append(row, spooled);
          if (receivedBytes(longer.body) < longer.body.bytes)
            return { status: 200, json: uploadBody(longer) };
          return { status: 200, json: uploadBody(await complete(tenant, longer)) };
        } finally {
          await spooled.dispose();
        }
      },
    }),
  ];

  async function complete(tenant: string, row: UploadRow): Promise<UploadRow> {
    const whole = await uploads.assemble(row);
    try {
      const facts = { name: row.body.name, purpose: 'fine-tune', type: null };
      return await uploads.finish(row, (await files.add(tenant, facts, whole)).id);
    } finally {
      await whole.dispose();
    }
  }
}

/** Which bytes come: those of Content-Range, which must follow what is there, or all. */
function pieceOf(header: string | undefined, { body }: UploadRow): { readonly bytes: number } {
  const received = receivedBytes(body);
  if (header === undefined) {
    if (received === 0) return { bytes: body.bytes };
    throw new Problem(
      409,
      'upload-begun',
      `Expected Content-Range: ${received} of ${body.bytes} bytes are there already.`,
      {
        field: 'Content-Range',
      },
    );
  }
  const [, from, to, all] = /^bytes (\d{1,15})-(\d{1,15})\/(\d{1,15})$/.exec(header)?.map(Number) ?? [];
  const last = Math.min(body.bytes, Number.MAX_SAFE_INTEGER) - 1;
  if (from !== received || to === undefined || to < from || to > last || all !== body.bytes) {
    throw new Problem(
      409,
      'wrong-piece',
      `Expected Content-Range: bytes ${received}-.../${body.bytes}. Received "${header.slice(0, 100)}".`,
      {
        field: 'Content-Range',
        details: { received, bytes: body.bytes },
      },
    );
  }
  return { bytes: to - from + 1 };
}
