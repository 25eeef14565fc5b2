import type { IncomingMessage } from 'node:http';
import express, { type Express, type NextFunction, type Request, type Response } from 'express';
import { z } from 'zod';
import { type Caller, mayDo } from './caller.js';
import { Problem } from './problem.js';
import type { BodySpec, Call, Reply, Route } from './route.js';

const defaultBodyBytes = 1 << 20;

/** What went before in the chain and left on the response. */
export interface RequestLocals {
  requestId: string;
  caller: Caller;
}

/** Puts routes into an Express app: scope, params, query and body are checked before the handler sees them. */
export function mountRoutes(app: Express, routes: readonly Route[]): void {
  for (const route of routes) {
    const parsers = route.body && 'json' in route.body ? [jsonParser(route.body)] : [];
    app[route.method](expressPath(route.path), checkScope(route), ...parsers, async (request, response) => {
      const reply = await route.handle(await callOf(route, request, response));
      await send(response, reply);
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

function checkScope({ scope }: Route) {
  return (_request: Request, response: Response, next: NextFunction): void => {
    const { caller } = response.locals as RequestLocals;
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

function jsonParser({ maxBytes, optional }: Extract<BodySpec<unknown>, { json: unknown }>) {
  const parse = express.json({ limit: maxBytes ?? defaultBodyBytes, strict: false, type: isJson });
  return (request: Request, response: Response, next: NextFunction): void => {
    const empty = request.headers['content-length'] === '0' || !hasBody(request);
    if (empty && optional) return next();
    if (!isJson(request)) {
      throw new Problem(
        415,
        'unsupported-media-type',
        'Expected a JSON body. Received another content type.',
        {
          hint: 'Send content-type: application/json.',
        },
      );
    }
    parse(request, response, next);
  };
}

const isJson = ({ headers }: IncomingMessage): boolean =>
  /^application\/(json|[\w.+-]+\+json)\s*(;|$)/i.test(headers['content-type'] ?? '');

const hasBody = ({ headers }: Request): boolean =>
  headers['content-length'] !== undefined || headers['transfer-encoding'] !== undefined;

async function callOf(
  route: Route,
  request: Request,
  response: Response,
): Promise<Call<unknown, unknown, unknown>> {
  const { caller, requestId } = response.locals as RequestLocals;
  const gone = new AbortController();
  response.on('close', () => {
    if (!response.writableFinished) gone.abort();
  });
  return {
    caller,
    requestId,
    params: within('path', route.params ?? z.strictObject({}), request.params),
    query: within('query', route.query ?? z.strictObject({}), request.query),
    body: route.body && 'json' in route.body ? route.body.json.parse(request.body ?? {}) : undefined,
    request,
    signal: gone.signal,
  };
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

async function send(response: Response, reply: Reply): Promise<void> {
  if ('takeOver' in reply) return reply.takeOver(response);
  response.status(reply.status).set(reply.headers ?? {});
  if ('json' in reply) {
    if (reply.json === undefined) response.end();
    else response.json(reply.json);
  } else if ('bytes' in reply) {
    response.end(reply.bytes);
  } else {
    const { pipeline } = await import('node:stream/promises');
    await pipeline(reply.stream, response).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'ERR_STREAM_PREMATURE_CLOSE') response.destroy(error); // half an answer must not look whole
    });
  }
}
