import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { GraftError } from '@graft/core';
import { createApp, isLoopback } from './app.js';
import type { Config } from './config.js';
import type { Log } from './log.js';
import { openServices } from './services.js';

/** A server that answers. */
export interface RunningServer {
  /** Where, for example `http://127.0.0.1:8900`. */
  readonly url: string;
  /** Finishes what it answers, gives jobs back to the queue, and ends. */
  close(): Promise<void>;
}

/** Requests that are on their way get so long to end. */
const drainMilliseconds = 10_000;

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
    const server = createServer(createApp(services));
    server.headersTimeout = 30_000;
    server.requestTimeout = 0; // an upload may take long; what stands still is cut off by the socket's own timeout
    server.timeout = 120_000;
    await listen(server, config);
    const { port } = server.address() as AddressInfo;
    const url = `http://${config.host.includes(':') ? `[${config.host}]` : config.host}:${port}`;
    log.info({ url, data: config.data }, 'ready');
    return {
      url,
      close: async () => {
        const closed = new Promise((resolve) => server.close(resolve));
        server.closeIdleConnections();
        const late = setTimeout(() => server.closeAllConnections(), drainMilliseconds);
        await services.close();
        server.closeIdleConnections();
        await closed;
        clearTimeout(late);
        log.info('closed');
      },
    };
  } catch (error) {
    await services.close();
    throw error;
  }
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
