import { randomUUID } from 'node:crypto';
import express, { type Express, type NextFunction, type Request, type Response } from 'express';
import helmet from 'helmet';
import { allowedHosts, loopbackNames } from './http/allowed-hosts.js';
import { crossOrigin } from './http/cross-origin.js';
import { identify } from './http/identify.js';
import { mountRoutes, type RequestLocals } from './http/mount.js';
import { Problem, problemOf } from './http/problem.js';
import { replyProblem } from './http/problem-reply.js';
import { Attempts, callerLimit } from './http/rate-limits.js';
import { slowBodies } from './http/slow-bodies.js';
import type { Log } from './log.js';
import { allRoutes } from './routes/index.js';
import type { Services } from './services.js';

/** The HTTP face of the services: what every request goes through, in this order, then the routes. */
export function createApp(services: Services): Express {
  const { config, keys, closing } = services;
  const app = express();
  app.disable('x-powered-by').set('query parser', 'simple').set('etag', false);
  // A proxy near by says for whom it asks. Only limits by address go by it.
  app.set('trust proxy', ['loopback', 'uniquelocal']);
  app.use(tellApart(services));
  app.use(
    helmet({
      contentSecurityPolicy: {
        directives: {
          'script-src': ["'self'"],
          'img-src': ["'self'", 'data:', 'blob:'],
          'upgrade-insecure-requests': null,
        },
      },
      strictTransportSecurity: false, // the business of the proxy that has the certificate
    }),
  );
  app.use(
    allowedHosts(
      new Set([...loopbackNames, inUrl(config.host), ...config.hosts].map((name) => name.toLowerCase())),
    ),
  );
  app.use(slowBodies({ seconds: 10, leastBytes: 10_240 }));
  app.use(crossOrigin(async (origin) => config.origins.includes(origin) || (await keys.hasOrigin(origin))));
  const { origins } = config;
  app.use(identify({ keys, origins, open: isLoopback(config.host), attempts: new Attempts() }));
  app.use(callerLimit(config.limits.requestsPerMinute));
  mountRoutes(app, allRoutes(services), closing);
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
  app.use(answerProblem(services.log));
  return app;
}

export const isLoopback = (host: string): boolean => ['localhost', '127.0.0.1', '::1'].includes(host);

/** An address as it stands in a URL: IPv6 in brackets. */
export const inUrl = (host: string): string => (host.includes(':') ? `[${host}]` : host);

/** Gives each request an id, and when it is over a line in the log and a place in the metrics. */
function tellApart({ log, metrics }: Services) {
  return (request: Request, response: Response, next: NextFunction): void => {
    const locals = response.locals as RequestLocals;
    const given = request.headers['x-request-id'];
    locals.requestId = typeof given === 'string' && /^[\w-]{1,64}$/.test(given) ? given : randomUUID();
    response.set('x-request-id', locals.requestId);
    const begin = performance.now();
    response.once('close', () => {
      const { requestId, caller, route } = locals;
      const { method, path } = request;
      // A problem goes out at once; of other answers, the client may have left before the end.
      const answered = response.writableFinished || (response.headersSent && response.statusCode >= 400);
      const status = answered ? response.statusCode : 499;
      const milliseconds = Math.round(performance.now() - begin);
      log.info({ requestId, method, path, status, milliseconds, caller: caller?.name }, 'request');
      metrics.answered({ route, status, seconds: milliseconds / 1000 });
    });
    next();
  };
}

function answerProblem(log: Log) {
  return (error: unknown, request: Request, response: Response, _next: NextFunction): void => {
    const problem = problemOf(error);
    const { requestId } = response.locals as RequestLocals;
    const clientWent = request.destroyed && !request.complete;
    if (problem.status >= 500 && !clientWent)
      log.error({ requestId, err: problem.options.cause ?? problem }, problem.message);
    replyProblem(request, response, problem, requestId);
  };
}
