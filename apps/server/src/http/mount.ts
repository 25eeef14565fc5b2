import { pipeline } from 'node:stream/promises';
import type { Express, NextFunction, Request, Response } from 'express';
import * as z from 'zod';
import { auditedAs } from '../audit.js';
import { type Caller, mayDo } from './caller.js';
import { Problem } from './problem.js';
import { hasBody, readJson } from './read-json.js';
import type { Call, Reply, Route } from './route.js';

const defaultBodyBytes = 1 << 20;

/** What went before in the chain and left on the response. */
export interface RequestLocals {
  requestId: string;
  caller: Caller;
  /** Of the route that answers; none has taken the request yet: undefined. */
  route?: string;
}

/**
 * Puts routes into an Express app: scope, params, query and body are checked before the handler sees them, and what it
 * changes is put down under the caller's name.
 *
 * @param closing ends replies that would go on for ever
 */
export function mountRoutes(app: Express, routes: readonly Route[], closing: AbortSignal): void {
  for (const route of routes) {
    app[route.method](expressPath(route.path), checkScope(route), async (request, response) => {
      const gone = goneWith(response);
      const call = await callOf(route, request, response, gone.signal);
      const { caller, requestId } = call;
      const reply = await auditedAs({ caller, requestId, operation: route.name }, () => route.handle(call));
      if ('takeOver' in reply) endWith(closing, gone, response);
      await send(request, response, reply);
    });
  }
  for (const [path, methods] of methodsByPath(routes)) {
    app.all(expressPath(path), (request) => {
      throw new Problem(
        405,
        'method-not-allowed',
        `Expected ${methods.join(' or ')}. Received ${request.method}.`,
        {
          headers: { allow: methods.join(', ') },
        },
      );
    });
  }
}

/** `/v1/models/{model}:predict` as Express spells it. */
function expressPath(path: string): string {
  return path.replaceAll(':', '\\:').replace(/\{(\w+)\}/g, ':$1');
}

function methodsByPath(routes: readonly Route[]): Map<string, string[]> {
  const byPath = new Map<string, string[]>();
  for (const { path, method } of routes)
    byPath.set(path, [...(byPath.get(path) ?? []), method.toUpperCase()]);
  return byPath;
}

function checkScope({ name, scope }: Route) {
  return (_request: Request, response: Response, next: NextFunction): void => {
    const locals = response.locals as RequestLocals;
    const { caller } = locals;
    locals.route = name;
    if (scope !== null && caller.scopes.length === 0) {
      throw new Problem(401, 'key-needed', 'Expected a key. Received a request without one.', {
        hint: 'Send Authorization: Bearer KEY.',
        headers: { 'www-authenticate': 'Bearer' },
      });
    }
    if (scope !== null && !mayDo(caller, scope)) {
      throw new Problem(
        403,
        'scope-missing',
        `Expected a key with the scope "${scope}". Received one without.`,
        {
          details: { needed: scope, given: caller.scopes },
        },
      );
    }
    next();
  };
}

/** Aborts when the client has gone before its answer was written. */
function goneWith(response: Response): AbortController {
  const gone = new AbortController();
  response.once('close', () => {
    if (!response.writableFinished) gone.abort();
  });
  return gone;
}

function endWith(closing: AbortSignal, gone: AbortController, response: Response): void {
  const end = () => gone.abort();
  if (closing.aborted) end();
  closing.addEventListener('abort', end);
  response.once('close', () => closing.removeEventListener('abort', end));
}

async function callOf(
  route: Route,
  request: Request,
  response: Response,
  signal: AbortSignal,
): Promise<Call<unknown, unknown, unknown>> {
  const { caller, requestId } = response.locals as RequestLocals;
  return {
    caller,
    requestId,
    params: within('path', route.params ?? z.strictObject({}), request.params),
    query: within('query', route.query ?? z.strictObject({}), request.query),
    body: await bodyOf(route, request),
    request,
    signal,
  };
}

async function bodyOf({ body }: Route, request: Request): Promise<unknown> {
  if (!body || !('json' in body)) return undefined;
  const { json, optional, maxBytes = defaultBodyBytes } = body;
  return json.parse(optional && !hasBody(request) ? {} : await readJson(request, maxBytes));
}

/** A wrong path names nothing, a wrong query is a bad request. */
function within(place: 'path' | 'query', schema: z.ZodType, value: unknown): unknown {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const field = issue?.path.join('.') || null;
  if (place === 'query') throw parsed.error;
  throw new Problem(
    404,
    'not-found',
    `Expected a name of a-z, 0-9 and "-". Received another ${field ?? 'path'}.`,
    { field },
  );
}

async function send(request: Request, response: Response, reply: Reply): Promise<void> {
  if (!request.complete) response.set('connection', 'close'); // nobody reads a body that wasn't asked for
  if ('takeOver' in reply) return request.method === 'HEAD' ? void response.end() : reply.takeOver(response);
  response.status(reply.status).set(reply.headers ?? {});
  if ('json' in reply) {
    if (reply.json === undefined) response.end();
    else response.json(reply.json);
  } else if ('bytes' in reply) {
    response.end(reply.bytes);
  } else {
    await pipeline(reply.stream, response).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'ERR_STREAM_PREMATURE_CLOSE') response.destroy(error); // half an answer must not look whole
    });
  }
}
