import * as z from 'zod';
import { scopes } from '../http/caller.js';
import { listBody, listOf, pageOf, pageQuery } from '../http/paging.js';
import { Problem } from '../http/problem.js';
import { type Route, route } from '../http/route.js';
import { idSchema } from '../ids.js';
import type { KeyRow } from '../keys/key-store.js';
import type { Services } from '../services.js';

export const keySchema = z.object({
  id: z.string(),
  object: z.literal('graft.key'),
  created_at: z.int(),
  name: z.string(),
  scopes: z.array(z.enum(scopes)),
  expires_at: z.int().nullable(),
  origin: z.string().nullable(),
});

export function keyBody({ id, createdAt, body }: KeyRow): z.infer<typeof keySchema> {
  const { name, scopes: granted, expiresAt, origin } = body;
  return {
    id,
    object: 'graft.key',
    created_at: Math.floor(createdAt / 1000),
    name,
    scopes: [...granted],
    expires_at: expiresAt === null ? null : Math.floor(expiresAt / 1000),
    origin,
  };
}

/** API keys of the caller's tenant. */
export function keyRoutes({ keys }: Services): Route[] {
  const tag = 'keys';
  const params = z.strictObject({ key: idSchema });
  const found = async (tenant: string, id: string, field = 'key') => {
    const row = await keys.get(tenant, id);
    if (!row)
      throw new Problem(404, 'not-found', `Expected a key. Received "${id}", which is none.`, { field });
    return row;
  };
  return [
    route({
      method: 'post',
      path: '/api/keys',
      name: 'createKey',
      summary: 'Make a key; it is shown this once',
      tag,
      scope: 'admin',
      body: {
        json: z.strictObject({
          name: z.string().min(1).max(100),
          scopes: z.array(z.enum(scopes)).min(1),
          expires_in: z
            .int()
            .positive()
            .max(10 * 366 * 86_400)
            .nullish(),
        }),
      },
      answers: { 201: { json: keySchema.extend({ key: z.string() }) } },
      handle: async ({ caller: { tenant }, body }) => {
        const expiresAt = body.expires_in ? Date.now() + body.expires_in * 1000 : null;
        const { row, key } = await keys.create(tenant, { name: body.name, scopes: body.scopes, expiresAt });
        return { status: 201, json: { ...keyBody(row), key } };
      },
    }),
    route({
      method: 'get',
      path: '/api/keys',
      name: 'listKeys',
      summary: 'Keys, without their secrets',
      tag,
      scope: 'admin',
      query: pageQuery,
      answers: { 200: { json: listOf(keySchema) } },
      handle: async ({ caller: { tenant }, query }) => {
        const { rows, more } = await pageOf(
          query,
          (id) => found(tenant, id, 'after'),
          (page) => keys.list(tenant, page),
        );
        return { status: 200, json: listBody(rows.map(keyBody), more) };
      },
    }),
    route({
      method: 'delete',
      path: '/api/keys/{key}',
      name: 'deleteKey',
      summary: 'Take a key out of use, at once',
      tag,
      scope: 'admin',
      params,
      answers: { 204: { content: 'text/plain', description: 'It is gone' } },
      handle: async ({ caller: { tenant }, params: { key } }) => {
        await keys.remove(await found(tenant, key));
        return { status: 204, json: undefined };
      },
    }),
  ];
}
