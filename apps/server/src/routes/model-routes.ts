import { inspectSchema } from '@graft/node/results';
import { z } from 'zod';
import { listBody, listOf, pageOf, pageQuery } from '../http/paging.js';
import { type Route, route } from '../http/route.js';
import { idSchema } from '../ids.js';
import type { ModelRow } from '../models/model.js';
import type { Services } from '../services.js';

const modelSchema = z.object({
  id: z.string(),
  object: z.literal('graft.model'),
  created_at: z.int(),
  bytes: z.int(),
  task: z.string().nullable(),
  labels: z.array(z.string()).nullable(),
  /** The model and the job that it came from; null: uploaded. */
  source: z.object({ model: z.string(), job: z.string() }).nullable(),
  weights_hash: z.string().nullable(),
  tags: z.record(z.string(), z.string()),
  files: z.array(z.object({ name: z.string(), bytes: z.int(), sha256: z.string() })),
});

function modelBody({ id, createdAt, body }: ModelRow): z.infer<typeof modelSchema> {
  const { bytes, task, labels, source, weightsHash, tags, files } = body;
  return {
    id,
    object: 'graft.model',
    created_at: Math.floor(createdAt / 1000),
    bytes,
    task,
    labels: labels && [...labels],
    source,
    weights_hash: weightsHash,
    tags: { ...tags },
    files: files.map((file) => ({ ...file })),
  };
}

/** Models that were uploaded or made. */
export function modelRoutes({ models, inference }: Services): Route[] {
  const tag = 'models';
  const params = z.strictObject({ model: idSchema });
  return [
    route({
      method: 'get',
      path: '/api/models',
      name: 'listModels',
      summary: 'Models, newest first',
      tag,
      scope: 'read',
      query: pageQuery,
      answers: { 200: { json: listOf(modelSchema).extend({ built_in: z.array(z.string()) }) } },
      handle: async ({ caller: { tenant }, query }) => {
        const { rows, more } = await pageOf(
          query,
          (id) => models.get(tenant, id, 'after'),
          (page) => models.list(tenant, page),
        );
        return {
          status: 200,
          json: { ...listBody(rows.map(modelBody), more), built_in: [...(await models.builtIn())] },
        };
      },
    }),
    route({
      method: 'get',
      path: '/api/models/{model}',
      name: 'getModel',
      summary: 'One model',
      tag,
      scope: 'read',
      params,
      answers: { 200: { json: modelSchema } },
      handle: async ({ caller: { tenant }, params: { model } }) => {
        const row = await models.get(tenant, model);
        return { status: 200, json: modelBody(row), headers: { etag: `"${row.version}"` } };
      },
    }),
    route({
      method: 'get',
      path: '/api/models/{model}/inspect',
      name: 'inspectModel',
      summary: 'What a model is made of, and where it can be cut',
      tag,
      scope: 'read',
      params,
      answers: { 200: { json: inspectSchema } },
      handle: async ({ caller: { tenant }, params: { model } }) => {
        const { inspected } = await inference.ask(await models.local(tenant, model), { kind: 'inspect' });
        return { status: 200, json: inspected };
      },
    }),
    route({
      method: 'delete',
      path: '/api/models/{model}',
      name: 'deleteModel',
      summary: 'Forget a model',
      tag,
      scope: 'train',
      params,
      answers: { 204: { content: 'text/plain', description: 'It is gone' } },
      handle: async ({ caller: { tenant }, params: { model } }) => {
        await models.remove(await models.get(tenant, model));
        return { status: 204, json: undefined };
      },
    }),
  ];
}
