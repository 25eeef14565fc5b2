import * as z from 'zod';
import { Problem } from '../http/problem.js';
import { type Route, route } from '../http/route.js';
import type { Services } from '../services.js';
import { version } from '../version.js';

/** Whether the process runs, and whether it can work. Open to all: they tell nothing else. */
export function healthRoutes({ records, blobs, closing }: Services): Route[] {
  const alive = z.strictObject({ status: z.literal('ok'), version: z.string() });
  const ok = { status: 200, json: { status: 'ok', version } } as const;
  const common = {
    method: 'get',
    tag: 'operations',
    scope: null,
    answers: { 200: { json: alive } },
  } as const;
  return [
    route({
      ...common,
      path: '/livez',
      name: 'live',
      summary: 'Whether the process runs',
      handle: async () => ok,
    }),
    route({
      ...common,
      path: '/readyz',
      name: 'ready',
      summary: 'Whether the stores answer, and the server is not on its way out',
      handle: async () => {
        if (closing.aborted)
          throw new Problem(503, 'closing', 'Expected a server that goes on. It is about to end.');
        await Promise.all([records.ping(), blobs.ping()]);
        return ok;
      },
    }),
    route({
      ...common,
      path: '/startupz',
      name: 'started',
      summary: 'Whether the start is over',
      handle: async () => ok, // nobody can ask before it is
    }),
  ];
}
