import * as z from 'zod';
import { idempotent } from '../http/idempotency.js';
import { listBody, listOf, pageOf, pageQuery } from '../http/paging.js';
import { Problem } from '../http/problem.js';
import { type Route, route } from '../http/route.js';
import { followHistory } from '../http/server-sent-events.js';
import { idSchema } from '../ids.js';
import { type JobRow, jobStream } from '../jobs/job.js';
import type { Services } from '../services.js';
import { createJobSchema, jobBody, jobRequest, jobSchema } from './job-body.js';
import { checkpointBody, checkpointSchema, eventBody, eventSchema } from './job-event-body.js';

const finalStates = ['succeeded', 'failed', 'cancelled'];

/** Fine-tuning jobs in the shape of OpenAI's API. */
export function jobRoutes({ jobs, files, models, records, bell }: Services): Route[] {
  const tag = 'jobs';
  const params = z.strictObject({ job: idSchema });
  const found = async (tenant: string, id: string, field = 'job'): Promise<JobRow> => {
    const row = await jobs.get(tenant, id);
    if (!row)
      throw new Problem(404, 'not-found', `Expected a job. Received "${id}", which is none.`, { field });
    return row;
  };
  const answer = async (row: JobRow) => ({ status: 200, json: jobBody(row, await jobs.queuePosition(row)) });
  const wishRoute = (wish: 'cancel' | 'pause' | 'resume', from: readonly string[], summary: string) =>
    route({
      method: 'post',
      path: `/v1/fine_tuning/jobs/{job}/${wish}`,
      name: `${wish}Job`,
      summary,
      tag,
      scope: 'train',
      params,
      answers: { 200: { json: jobSchema } },
      handle: async ({ caller: { tenant }, params: { job } }) => {
        const { state } = await found(tenant, job);
        if (!from.includes(state ?? '')) {
          throw new Problem(
            409,
            'job-state',
            `Expected a job that is ${from.join(' or ')}. Received one that is ${state}.`,
            {
              field: 'job',
            },
          );
        }
        const row = await jobs.wish(tenant, job, wish);
        await bell.ring();
        return answer(row ?? (await found(tenant, job)));
      },
    });
  return [
    route({
      method: 'post',
      path: '/v1/fine_tuning/jobs',
      name: 'createJob',
      summary: 'Fine-tune a model on an uploaded file',
      tag,
      scope: 'train',
      body: { json: createJobSchema, maxBytes: 4 << 20 },
      answers: { 200: { json: jobSchema } },
      handle: (call) =>
        idempotent(records, call, {
          again: async (id) => answer(await found(call.caller.tenant, id)),
          first: async (mark) => {
            const { tenant } = call.caller;
            const request = jobRequest(call.body);
            await models.check(tenant, request.model);
            await files.get(tenant, request.trainingFile, 'training_file');
            if (request.validationFile) await files.get(tenant, request.validationFile, 'validation_file');
            const row = await jobs.create(tenant, request, mark);
            await bell.ring();
            return answer(row);
          },
        }),
    }),
    route({
      method: 'get',
      path: '/v1/fine_tuning/jobs',
      name: 'listJobs',
      summary: 'Jobs, newest first',
      tag,
      scope: 'read',
      query: pageQuery,
      answers: { 200: { json: listOf(jobSchema) } },
      handle: async ({ caller: { tenant }, query }) => {
        const list = (page: Parameters<typeof jobs.list>[1]) => jobs.list(tenant, page);
        const { rows, more } = await pageOf(query, (id) => jobs.get(tenant, id), list);
        const positions = await jobs.queuePositions(rows);
        const bodies = rows.map((row) => jobBody(row, positions.get(row.id) ?? null));
        return { status: 200, json: listBody(bodies, more) };
      },
    }),
    route({
      method: 'get',
      path: '/v1/fine_tuning/jobs/{job}',
      name: 'getJob',
      summary: 'One job',
      tag,
      scope: 'read',
      params,
      answers: { 200: { json: jobSchema } },
      handle: async ({ caller: { tenant }, params: { job } }) => answer(await found(tenant, job)),
    }),
    wishRoute('cancel', ['queued', 'running', 'paused'], 'End a job; what it did is dropped'),
    wishRoute('pause', ['queued', 'running'], 'Let a job wait; it starts again from its beginning'),
    wishRoute('resume', ['paused'], 'Queue a paused job again'),
    route({
      method: 'get',
      path: '/v1/fine_tuning/jobs/{job}/events',
      name: 'listJobEvents',
      summary: 'What happened to a job; as server-sent events with accept: text/event-stream or stream=true',
      tag,
      scope: 'read',
      params,
      query: z.strictObject({
        limit: z.coerce.number().int().min(1).max(1000).default(20),
        after: z.string().max(128).optional(),
        stream: z.enum(['true', 'false']).optional(),
      }),
      answers: { 200: { json: listOf(eventSchema) } },
      handle: async ({ caller: { tenant }, params: { job }, query, request, signal }) => {
        const row = await found(tenant, job);
        const body = (entry: Parameters<typeof eventBody>[1]) => eventBody(row.id, entry);
        if (query.stream === 'true' || request.headers.accept?.includes('text/event-stream')) {
          return followHistory({
            records,
            stream: jobStream(row),
            after: request.headers['last-event-id'],
            signal,
            write: (entry) => ({ event: 'event', data: body(entry) }),
            over: async () => finalStates.includes((await jobs.get(tenant, job))?.state ?? 'failed'),
          });
        }
        const all = await newestEvents(row, query.after);
        return { status: 200, json: listBody(all.slice(0, query.limit).map(body), all.length > query.limit) };
      },
    }),
    route({
      method: 'get',
      path: '/v1/fine_tuning/jobs/{job}/checkpoints',
      name: 'listJobCheckpoints',
      summary: 'The best epoch of a job that succeeded',
      tag,
      scope: 'read',
      params,
      query: pageQuery,
      answers: { 200: { json: listOf(checkpointSchema) } },
      handle: async ({ caller: { tenant }, params: { job } }) => {
        const checkpoint = checkpointBody(await found(tenant, job));
        return { status: 200, json: listBody(checkpoint ? [checkpoint] : [], false) };
      },
    }),
  ];

  /** A job's events, newest first, as OpenAI lists them. */
  async function newestEvents(row: JobRow, after: string | undefined) {
    const entries = [];
    for (let from = 0; ; ) {
      const page = await records.history(jobStream(row), from, 1000);
      entries.push(...page);
      if (page.length < 1000) break;
      from = page.at(-1)?.sequence ?? from;
    }
    const before = after === undefined ? Number.POSITIVE_INFINITY : Number(/-(\d+)$/.exec(after)?.[1]);
    if (Number.isNaN(before)) {
      throw new Problem(400, 'unknown-cursor', `Expected an id of this list. Received "${after}".`, {
        field: 'after',
      });
    }
    return entries.filter(({ sequence }) => sequence < before).reverse();
  }
}
