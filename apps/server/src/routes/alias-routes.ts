import * as z from 'zod';
import { checkIfMatch, etagOf } from '../http/if-match.js';
import { listBody, listOf, pageOf, pageQuery } from '../http/paging.js';
import { Problem } from '../http/problem.js';
import { type Route, route } from '../http/route.js';
import { idSchema } from '../ids.js';
import type { AliasRow } from '../models/alias-store.js';
import type { Services } from '../services.js';

const aliasSchema = z.object({
  id: z.string(),
  object: z.literal('graft.alias'),
  created_at: z.int(),
  updated_at: z.int(),
  model: z.string(),
});

function aliasBody({ id, createdAt, updatedAt, body }: AliasRow): z.infer<typeof aliasSchema> {
  const seconds = (milliseconds: number) => Math.floor(milliseconds / 1000);
  return {
    id,
    object: 'graft.alias',
    created_at: seconds(createdAt),
    updated_at: seconds(updatedAt),
    model: body.model,
  };
}

/** Names that move from one model to another. */
export function aliasRoutes({ aliases, models }: Services): Route[] {
  const tag = 'models';
  const params = z.strictObject({ alias: idSchema });
  const answer = (row: AliasRow, status = 200) => ({
    status,
    json: aliasBody(row),
    headers: { etag: etagOf(row) },
  });
  return [
    route({
      method: 'get',
      path: '/api/aliases',
      name: 'listAliases',
      summary: 'Aliases, newest first',
      tag,
      scope: 'read',
      query: pageQuery,
      answers: { 200: { json: listOf(aliasSchema) } },
      handle: async ({ caller: { tenant }, query }) => {
        const { rows, more } = await pageOf(
          query,
          (id) => aliases.find(tenant, id),
          (page) => aliases.list(tenant, page),
        );
        return { status: 200, json: listBody(rows.map(aliasBody), more) };
      },
    }),
    route({
      method: 'get',
      path: '/api/aliases/{alias}',
      name: 'getAlias',
      summary: 'The model that an alias stands for',
      tag,
      scope: 'read',
      params,
      answers: { 200: { json: aliasSchema } },
      handle: async ({ caller: { tenant }, params: { alias } }) => answer(await aliases.get(tenant, alias)),
    }),
    route({
      method: 'put',
      path: '/api/aliases/{alias}',
      name: 'setAlias',
      summary:
        'Let an alias stand for a model, such as "production"; requests on their way end with the old one',
      tag,
      scope: 'train',
      params,
      body: { json: z.strictObject({ model: idSchema }) },
      answers: { 200: { json: aliasSchema }, 201: { json: aliasSchema } },
      handle: async ({ caller: { tenant }, params: { alias }, body: { model }, request }) => {
        const before = await aliases.find(tenant, alias);
        if (before) checkIfMatch(request, before, 'optional');
        const row = await models.get(tenant, model);
        if (await models.isName(tenant, alias)) {
          throw new Problem(409, 'name-taken', `Expected a name that no model has. Received "${alias}".`, {
            field: 'alias',
          });
        }
        return answer(await aliases.set(tenant, alias, row.id, before), before ? 200 : 201);
      },
    }),
    route({
      method: 'delete',
      path: '/api/aliases/{alias}',
      name: 'deleteAlias',
      summary: 'Forget an alias; its model stays',
      tag,
      scope: 'train',
      params,
      answers: { 204: { content: 'text/plain', description: 'It is gone' } },
      handle: async ({ caller: { tenant }, params: { alias }, request }) => {
        const row = await aliases.get(tenant, alias);
        checkIfMatch(request, row, 'optional');
        await aliases.remove(row);
        return { status: 204, json: undefined };
      },
    }),
  ];
}
