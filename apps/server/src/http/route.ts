import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Readable } from 'node:stream';
import type * as z from 'zod';
import type { Caller, Scope } from './caller.js';

/** What a handler is given: everything parsed and checked, nothing of Express. */
export interface Call<Params, Query, Body> {
  readonly caller: Caller;
  readonly params: Params;
  readonly query: Query;
  /** Parsed JSON; undefined where the route takes a stream or nothing. */
  readonly body: Body;
  /** The request itself: headers, and the body of a route that streams it. */
  readonly request: IncomingMessage;
  /** Aborts when the client has gone. */
  readonly signal: AbortSignal;
  readonly requestId: string;
}

/** What a handler answers. */
export type Reply =
  | { readonly status: number; readonly json: unknown; readonly headers?: Headers }
  | { readonly status: number; readonly stream: Readable; readonly headers: Headers }
  | { readonly status: number; readonly bytes: Uint8Array | string; readonly headers: Headers }
  /** Takes over, for server-sent events. Resolves when it is done. */
  | { readonly takeOver: (response: ServerResponse) => Promise<void> };

type Headers = Readonly<Record<string, string>>;

/** How a body comes in. */
type BodySpec<Body> =
  | { readonly json: z.ZodType<Body>; readonly maxBytes?: number; readonly optional?: boolean }
  /** The handler reads `call.request`; `types` are the accepted content types. */
  | { readonly stream: readonly string[]; readonly description: string };

/** What is answered, for the OpenAPI document. */
export type AnswerSpec =
  | { readonly json: z.ZodType }
  | { readonly content: string; readonly description?: string };

export interface RouteSpec<Params, Query, Body> {
  readonly method: 'get' | 'post' | 'put' | 'patch' | 'delete';
  /** In OpenAPI's spelling: `/api/models/{model}`. */
  readonly path: string;
  /** Unique: becomes the operationId. */
  readonly name: string;
  readonly summary: string;
  readonly tag: string;
  /** null: anybody, without a key. */
  readonly scope: Scope | null;
  readonly params?: z.ZodType<Params>;
  readonly query?: z.ZodType<Query>;
  readonly body?: BodySpec<Body>;
  /** By status; problems need not be listed. */
  readonly answers: Readonly<Record<number, AnswerSpec>>;
  readonly handle: (call: Call<Params, Query, Body>) => Promise<Reply>;
}

export type Route = RouteSpec<unknown, unknown, unknown>;

/**
 * One operation of the API: where it is, who may use it, what goes in and out, and what it does. Mounting, checks,
 * `/openapi.json` and the tests over all routes are made from this.
 *
 * @example
 * route({ method: 'get', path: '/livez', name: 'live', summary: 'Whether the process runs', tag: 'operations',
 *   scope: null, answers: { 200: { json: z.strictObject({ live: z.literal(true) }) } },
 *   handle: async () => ({ status: 200, json: { live: true } }) });
 */
export function route<Params = unknown, Query = unknown, Body = unknown>(
  spec: RouteSpec<Params, Query, Body>,
): Route {
  return spec as unknown as Route;
}
