import * as z from 'zod';
import { Problem } from '../http/problem.js';
import { readBody } from '../http/read-body.js';
import { parseJson } from '../http/read-json.js';
import { type Route, route } from '../http/route.js';
import { idSchema } from '../ids.js';
import type { Services } from '../services.js';

const pictureTypes = ['image/jpeg', 'image/png', 'image/webp', 'application/octet-stream'];

const rowsSchema = z.strictObject({ rows: z.array(z.array(z.number())).min(1).max(1024) });

const label = z.object({ label: z.string(), probability: z.number() });
export const answerSchema = z.union([
  z.object({ predictions: z.array(label) }),
  z.object({ value: z.number() }),
]);

/** The plain way: a picture in, labels out. */
export function predictRoutes({ models, inference, config }: Services): Route[] {
  const params = z.strictObject({ model: idSchema });
  return [
    route({
      method: 'post',
      path: '/api/models/{model}/predict',
      name: 'predict',
      summary: 'Labels for a picture, or for rows of numbers',
      tag: 'predictions',
      scope: 'predict',
      params,
      query: z.strictObject({ top: z.coerce.number().int().min(1).max(1000).optional() }),
      body: {
        stream: [...pictureTypes, 'application/json'],
        description: 'The bytes of a JPEG, PNG or WebP picture; or as JSON {"rows": [[...numbers...], ...]}',
      },
      answers: { 200: { json: z.union([answerSchema, z.object({ answers: z.array(answerSchema) })]) } },
      handle: async ({ caller, params: { model }, query, request }) => {
        const type = (request.headers['content-type'] ?? '').split(';')[0]?.trim().toLowerCase() ?? '';
        if (![...pictureTypes, 'application/json'].includes(type)) {
          throw new Problem(
            415,
            'unsupported-media-type',
            `Expected a picture (${pictureTypes.join(', ')}) or JSON. Received "${type.slice(0, 100)}".`,
            {
              hint: 'With curl: --data-binary @truck.jpg -H "content-type: image/jpeg".',
            },
          );
        }
        inference.checkRoom();
        const place = await models.local(caller.tenant, model);
        const bytes = await readBody(request, config.limits.pictureBytes);
        const top = query.top ?? null;
        if (type !== 'application/json') {
          const [answer] = await inference.ask(place, { kind: 'picture', bytes, top });
          return { status: 200, json: answer };
        }
        const { rows } = rowsSchema.parse(parseJson(bytes));
        return { status: 200, json: { answers: await inference.ask(place, { kind: 'rows', rows, top }) } };
      },
    }),
  ];
}
