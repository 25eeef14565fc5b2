import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import { etagOf } from '../http/if-match.js';
import { Problem } from '../http/problem.js';
import { type Route, route } from '../http/route.js';
import { idSchema, randomText } from '../ids.js';
import type { Model, ModelRow } from '../models/model.js';
import type { Services } from '../services.js';
import { fileStream } from '../uploads/file-stream.js';
import { unpackModel } from '../uploads/model-upload.js';
import { packZip } from '../uploads/pack-zip.js';
import { spool } from '../uploads/spool.js';
import { modelZipLimits } from '../uploads/zip-entries.js';
import { modelBody, modelSchema } from './model-body.js';

/** Models as files: in as a zip, out as a zip. */
export function modelUploadRoutes({
  models,
  inference,
  scratch,
  config,
  records,
  aliases,
}: Services): Route[] {
  const tag = 'models';
  const params = z.strictObject({ model: idSchema });
  return [
    route({
      method: 'put',
      path: '/api/models/{model}',
      name: 'uploadModel',
      summary: 'Upload a TensorFlow.js LayersModel, or a run, as a zip',
      tag,
      scope: 'train',
      params,
      body: {
        stream: ['application/zip', 'application/octet-stream'],
        description: 'A zip with model.json and its weight files',
      },
      answers: { 201: { json: modelSchema } },
      handle: async ({ caller: { tenant }, params: { model: name }, request, signal }) => {
        if ((await models.isName(tenant, name)) || (await aliases.find(tenant, name))) throw taken(name);
        const spooled = await spool(request, {
          directory: scratch.spool,
          maxBytes: config.limits.uploadBytes,
          signal,
        });
        const folder = join(scratch.spool, `model-${randomText(16)}`);
        try {
          await unpackModel(
            spooled.path,
            folder,
            { ...modelZipLimits, bytes: config.limits.modelBytes },
            signal,
          );
          const row = await kept(tenant, name, folder);
          const headers = { location: `/api/models/${row.id}`, etag: etagOf(row) };
          return { status: 201, json: modelBody(row), headers };
        } finally {
          await spooled.dispose();
          await rm(folder, { recursive: true, force: true });
        }
      },
    }),
    route({
      method: 'get',
      path: '/api/models/{model}/download',
      name: 'downloadModel',
      summary: 'The files of a model as a zip: for the terminal, plain TensorFlow.js, another server',
      tag,
      scope: 'read',
      params,
      answers: { 200: { content: 'application/zip' } },
      handle: async ({ caller: { tenant }, params: { model } }) => {
        const row = await models.get(tenant, model);
        const { place } = await models.local(tenant, row.id);
        const path = join(scratch.spool, `download-${randomText(16)}`);
        const files = row.body.files.map(({ name }) => ({ name, path: join(place, name) }));
        const { bytes } = await packZip(files, path);
        return {
          status: 200,
          stream: fileStream(path),
          headers: {
            'content-type': 'application/zip',
            'content-length': String(bytes),
            'content-disposition': `attachment; filename="${row.id}.zip"`,
          },
        };
      },
    }),
  ];

  /** Loaded once where it can do no harm: what can't be loaded is not kept. */
  async function kept(tenant: string, name: string, folder: string): Promise<ModelRow> {
    const key = `upload-${randomText(16)}`;
    const { task, labels } = await inference.ask({ name, key, place: folder }, { kind: 'inspect' });
    const change = await models.store(tenant, name, folder, { source: null });
    const body = { ...(change.body as Model), task, labels };
    const [row] = await records.commit([{ ...change, body }]);
    return row as ModelRow;
  }
}

function taken(name: string): Problem {
  return new Problem(409, 'name-taken', `Expected a name that nothing has. Received "${name}".`, {
    field: 'model',
    hint: 'Models never change: take a new name, and let an alias move to it.',
  });
}
