import { inspectSchema } from '@graft/node/results';
import * as z from 'zod';
import { checkIfMatch, etagOf } from '../http/if-match.js';
import { listBody, listOf, pageOf, pageQuery } from '../http/paging.js';
import { type Route, route } from '../http/route.js';
import { idSchema } from '../ids.js';
import type { Services } from '../services.js';
import { modelBody, modelSchema } from './model-body.js';

const tagsSchema = z
  .record(z.string().min(1).max(64), z.string().max(256))
  .refine((tags) => Object.keys(tags).length <= 64, 'at most 64 tags');

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
          (id) => models.find(tenant, id),
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
        return { status: 200, json: modelBody(row), headers: { etag: etagOf(row) } };
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
      method: 'patch',
      path: '/api/models/{model}',
      name: 'tagModel',
      summary: 'Set the tags of a model; needs If-Match with its ETag',
      tag,
      scope: 'train',
      params,
      body: { json: z.strictObject({ tags: tagsSchema }) },
      answers: { 200: { json: modelSchema } },
      handle: async ({ caller: { tenant }, params: { model }, body: { tags }, request }) => {
        const row = await models.get(tenant, model);
        checkIfMatch(request, row, 'needed');
        const changed = await models.change(row, tags);
        return { status: 200, json: modelBody(changed), headers: { etag: etagOf(changed) } };
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
      handle: async ({ caller: { tenant }, params: { model }, request }) => {
        const row = await models.get(tenant, model);
        checkIfMatch(request, row, 'optional');
        await models.remove(row);
        return { status: 204, json: undefined };
      },
    }),
  ];
}
