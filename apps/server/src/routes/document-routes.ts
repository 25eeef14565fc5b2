import * as z from 'zod';
import { docsPage } from '../http/docs-page.js';
import { openApi } from '../http/open-api.js';
import { type Route, route } from '../http/route.js';
import { version } from '../version.js';

/** The description of all routes, for programs and for people. */
export function documentRoutes(others: readonly Route[]): Route[] {
  const common = { method: 'get', tag: 'operations', scope: null } as const;
  const routes: Route[] = [
    route({
      ...common,
      path: '/openapi.json',
      name: 'describe',
      summary: 'This API as OpenAPI 3.1',
      answers: { 200: { json: z.record(z.string(), z.unknown()) } },
      handle: async () => ({ status: 200, json: document }),
    }),
    route({
      ...common,
      path: '/docs',
      name: 'docs',
      summary: 'This API as a page',
      answers: { 200: { content: 'text/html' } },
      handle: async () => ({
        status: 200,
        bytes: page,
        headers: { 'content-type': 'text/html; charset=utf-8' },
      }),
    }),
  ];
  const document = openApi([...others, ...routes], version);
  const page = docsPage([...others, ...routes], version);
  return routes;
}
