import { randomUUID } from 'node:crypto';
import express, { type Express, type NextFunction, type Request, type Response } from 'express';
import { rateLimit } from 'express-rate-limit';
import helmet from 'helmet';
import { allowedHosts, loopbackNames } from './http/allowed-hosts.js';
import { crossOrigin } from './http/cross-origin.js';
import { identify } from './http/identify.js';
import { mountRoutes, type RequestLocals } from './http/mount.js';
import { Problem, problemBody, problemOf } from './http/problem.js';
import type { Log } from './log.js';
import { allRoutes } from './routes/index.js';
import type { Services } from './services.js';

/** The HTTP face of the services: what every request goes through, in this order, then the routes. */
export function createApp(services: Services): Express {
  const { config, keys, log } = services;
  const app = express();
  app.disable('x-powered-by').set('query parser', 'simple').set('etag', false);
  app.use(tellApart(log));
  app.use(
    helmet({
      contentSecurityPolicy: { directives: { 'script-src': ["'self'"], 'upgrade-insecure-requests': null } },
      strictTransportSecurity: false,
    }),
  );
  app.use(
    allowedHosts(new Set([...loopbackNames, config.host, ...config.hosts].map((name) => name.toLowerCase()))),
  );
  app.use(crossOrigin(config.origins));
  app.use(
    rateLimit({
      limit: config.limits.requestsPerMinute,
      standardHeaders: 'draft-8',
      legacyHeaders: false,
      skip: ({ path }) => /^\/(livez|readyz|startupz|metrics)$/.test(path),
      handler: () => {
        throw new Problem(
          429,
          'too-many-requests',
          `Expected at most ${config.limits.requestsPerMinute} requests a minute. Received more.`,
          {
            hint: 'Wait as long as Retry-After says.',
          },
        );
      },
    }),
  );
  app.use(identify(keys, isLoopback(config.host)));
  mountRoutes(app, allRoutes(services));
  app.use((request) => {
    throw new Problem(
      404,
      'no-such-path',
      `Expected a path of this API. Received "${request.path.slice(0, 200)}".`,
      {
        hint: '/docs lists them.',
      },
    );
  });
  app.use(answerProblem(log));
  return app;
}

export const isLoopback = (host: string): boolean => ['localhost', '127.0.0.1', '::1'].includes(host);

/** Gives each request an id, and a line in the log when it is over. */
function tellApart(log: Log) {
  return (request: Request, response: Response, next: NextFunction): void => {
    const locals = response.locals as RequestLocals;
    const given = request.headers['x-request-id'];
    locals.requestId = typeof given === 'string' && /^[\w-]{1,64}$/.test(given) ? given : randomUUID();
    response.set('x-request-id', locals.requestId);
    const begin = performance.now();
    response.once('close', () => {
      const { requestId, caller } = locals;
      log.info(
        {
          requestId,
          method: request.method,
          path: request.path,
          status: response.writableFinished ? response.statusCode : 499,
          milliseconds: Math.round(performance.now() - begin),
          caller: caller?.name,
        },
        'request',
      );
    });
    next();
  };
}

function answerProblem(log: Log) {
  return (error: unknown, request: Request, response: Response, _next: NextFunction): void => {
    const problem = problemOf(error);
    const { requestId } = response.locals as RequestLocals;
    if (problem.status >= 500)
      log.error({ requestId, err: problem.options.cause ?? problem }, problem.message);
    if (response.headersSent) {
      response.destroy();
      return;
    }
    if (!request.readableEnded && !request.complete) response.set('connection', 'close'); // the rest of a refused upload is not read
    response
      .status(problem.status)
      .set(problem.options.headers ?? {})
      .type('application/problem+json')
      .send(JSON.stringify(problemBody(problem, requestId)));
  };
}
