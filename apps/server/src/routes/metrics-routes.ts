import { isOperator } from '../http/caller.js';
import { Problem } from '../http/problem.js';
import { type Route, route } from '../http/route.js';
import type { Services } from '../services.js';

/** Figures over all tenants, for who runs the server. */
export function metricsRoutes({ metrics }: Services): Route[] {
  return [
    route({
      method: 'get',
      path: '/metrics',
      name: 'metrics',
      summary: 'Figures for Prometheus: jobs, requests, predictions, memory',
      tag: 'operations',
      scope: 'read',
      answers: { 200: { content: 'text/plain' } },
      handle: async ({ caller }) => {
        if (!isOperator(caller)) {
          throw new Problem(
            403,
            'operators-only',
            'Expected a key of the tenant "default": the figures are over all tenants. Received one of another.',
          );
        }
        const { type, body } = await metrics.text();
        return { status: 200, bytes: body, headers: { 'content-type': type, 'cache-control': 'no-store' } };
      },
    }),
  ];
}
