import { evaluateSchema } from '@graft/node/results';
import * as z from 'zod';
import type { EvaluationRow } from '../evaluations/evaluation-store.js';
import { idempotent } from '../http/idempotency.js';
import { listBody, listOf, pageOf, pageQuery } from '../http/paging.js';
import { Problem } from '../http/problem.js';
import { type Route, route } from '../http/route.js';
import { idSchema } from '../ids.js';
import type { Services } from '../services.js';

const evaluationSchema = z.object({
  id: z.string(),
  object: z.literal('graft.evaluation'),
  created_at: z.int(),
  model: z.string(),
  dataset: z.string(),
  /** What `graft evaluate --json` prints. */
  result: evaluateSchema,
});

function evaluationBody({ id, createdAt, body }: EvaluationRow): z.infer<typeof evaluationSchema> {
  return { id, object: 'graft.evaluation', created_at: Math.floor(createdAt / 1000), ...body };
}

/** How well models do on data sets whose answers are known. */
export function evaluationRoutes({ evaluations, records }: Services): Route[] {
  const tag = 'evaluations';
  const params = z.strictObject({ evaluation: idSchema });
  const found = async (tenant: string, id: string): Promise<EvaluationRow> => {
    const row = await evaluations.find(tenant, id);
    if (row) return row;
    throw new Problem(404, 'not-found', `Expected an evaluation. Received "${id}", which is none.`, {
      field: 'evaluation',
    });
  };
  return [
    route({
      method: 'post',
      path: '/api/evaluations',
      name: 'createEvaluation',
      summary: 'Test a model on a data set; answers when it is done',
      tag,
      scope: 'train',
      body: { json: z.strictObject({ model: idSchema, dataset: idSchema }) },
      answers: { 201: { json: evaluationSchema } },
      handle: (call) =>
        idempotent(records, call, {
          again: async (id) => ({ status: 201, json: evaluationBody(await found(call.caller.tenant, id)) }),
          first: async (mark) => {
            const row = await evaluations.create(call.caller.tenant, call.body, call.signal, mark);
            return {
              status: 201,
              json: evaluationBody(row),
              headers: { location: `/api/evaluations/${row.id}` },
            };
          },
        }),
    }),
    route({
      method: 'get',
      path: '/api/evaluations',
      name: 'listEvaluations',
      summary: 'Evaluations, newest first',
      tag,
      scope: 'read',
      query: pageQuery,
      answers: { 200: { json: listOf(evaluationSchema) } },
      handle: async ({ caller: { tenant }, query }) => {
        const { rows, more } = await pageOf(
          query,
          (id) => evaluations.find(tenant, id),
          (page) => evaluations.list(tenant, page),
        );
        return { status: 200, json: listBody(rows.map(evaluationBody), more) };
      },
    }),
    route({
      method: 'get',
      path: '/api/evaluations/{evaluation}',
      name: 'getEvaluation',
      summary: 'One evaluation',
      tag,
      scope: 'read',
      params,
      answers: { 200: { json: evaluationSchema } },
      handle: async ({ caller: { tenant }, params: { evaluation } }) => ({
        status: 200,
        json: evaluationBody(await found(tenant, evaluation)),
      }),
    }),
  ];
}
