import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { GraftError } from '@graft/core';
import { createApp, inUrl, isLoopback } from './app.js';
import type { Config } from './config.js';
import { answerRawProblems } from './http/raw-problems.js';
import type { Log } from './log.js';
import { openServices, type Services } from './services.js';

/** A server that answers. */
export interface RunningServer {
  /** Where, for example `http://127.0.0.1:8900`. */
  readonly url: string;
  /** Finishes what it answers, gives jobs back to the queue, and ends; within 10 s. */
  close(): Promise<void>;
}

/** Requests that are on their way get so long to end. */
const drainMilliseconds = 7000;

/**
 * Starts the server.
 *
 * @throws GraftError `usage/key-needed` for a public address without any key, `usage/port`, and as `openServices`
 *
 * @example
 * const server = await serve({ ...defaults, port: 0, data: 'graft-data' }, createLog('info'));
 * await fetch(`${server.url}/readyz`);
 * await server.close();
 */
export async function serve(config: Config, log: Log): Promise<RunningServer> {
  const services = await openServices(config, log);
  try {
    if (!isLoopback(config.host) && !(await services.keys.any())) throw keyNeeded(config.host);
    const server = httpServer(services);
    await listen(server, config);
    const { port } = server.address() as AddressInfo;
    const url = `http://${inUrl(config.host)}:${port}`;
    log.info({ url, data: config.data }, 'ready');
    return {
      url,
      close: async () => {
        const begin = performance.now();
        await Promise.all([services.drain(), drained(server)]);
        await services.close();
        log.info({ milliseconds: Math.round(performance.now() - begin) }, 'closed');
      },
    };
  } catch (error) {
    await services.close();
    throw error;
  }
}

function httpServer(services: Services): Server {
  const server = createServer(
    {
      headersTimeout: 10_000,
      requestTimeout: 0, // an upload may take long; `slowBodies` cuts off what hardly moves
      connectionsCheckingInterval: 2000,
      keepAliveTimeout: 5000,
      requireHostHeader: false, // `allowedHosts` says it better
    },
    createApp(services),
  );
  // Neither read nor written: longer than the longest answer takes, which is that of an evaluation.
  server.timeout = (services.config.limits.jobSeconds + 60) * 1000;
  server.maxConnections = 2000;
  answerRawProblems(server);
  return server;
}

/** Stops to accept, and resolves when all that was asked is answered, or has taken too long. */
async function drained(server: Server): Promise<void> {
  const closed = new Promise((resolve) => server.close(resolve));
  const idle = setInterval(() => server.closeIdleConnections(), 50);
  const late = setTimeout(() => server.closeAllConnections(), drainMilliseconds);
  await closed;
  clearInterval(idle);
  clearTimeout(late);
}

function listen(server: Server, { host, port }: Config): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      reject(
        new GraftError(
          'usage/port',
          `Expected a free port at ${host}. Received ${port}: ${error.code ?? error.message}.`,
          {
            hint: 'Take another with --port; 0 takes any that is free.',
            cause: error,
          },
        ),
      );
    });
    server.listen(port, host, resolve);
  });
}

function keyNeeded(host: string): GraftError {
  return new GraftError(
    'usage/key-needed',
    `Expected an API key before others can reach the server. Received --host ${host} and no key.`,
    {
      hint: 'Make one with: graft-server key --data DIR --name NAME --scopes admin.',
    },
  );
}
