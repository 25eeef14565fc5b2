#!/usr/bin/env node
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { GraftError } from '@graft/core';
import { Command } from 'commander';
import { closeOnSignals, runProgram, sharedConfig, wholeNumber, withSharedFlags } from './flags.js';
import { createLog } from './log.js';
import { openServices, type Services } from './services.js';
import { version } from './version.js';

const program = withSharedFlags(
  new Command('graft-worker').description('Runs fine-tuning jobs that servers queue.').version(version),
)
  .option(
    '--health-port <n>',
    'answers /livez and /readyz there; 0 takes any that is free; nothing, if left out',
    wholeNumber,
  )
  .option('--health-host <address>', 'address to answer at', '127.0.0.1')
  .action(async (options) => {
    const config = sharedConfig(options);
    if (config.database === null) throw databaseNeeded();
    const log = createLog(options.logLevel);
    const services = await openServices(config, log);
    const health = options.healthPort === undefined ? null : healthServer(services);
    if (health) await listen(health, options.healthPort, options.healthHost);
    const healthPort = (health?.address() as AddressInfo | undefined)?.port;
    log.info({ jobs: config.jobs, data: config.data, healthPort }, 'ready');
    closeOnSignals(async () => {
      await services.close();
      health?.closeAllConnections();
      log.info('closed');
    }, log);
  });

await runProgram(program);

/** For who watches over processes; tells nothing but whether. */
function healthServer({ records, blobs }: Services): Server {
  const ready = () => Promise.all([records.ping(), blobs.ping()]);
  return createServer((request, response) => {
    const checks: Readonly<Record<string, () => Promise<unknown>>> = {
      '/livez': async () => {},
      '/readyz': ready,
    };
    const check = checks[request.url ?? ''];
    const answer = (status: number) => response.writeHead(status).end();
    if (!check) answer(404);
    else {
      check().then(
        () => answer(200),
        () => answer(503),
      );
    }
  });
}

async function listen(server: Server, port: number, host: string): Promise<void> {
  try {
    server.listen(port, host);
    await once(server, 'listening');
  } catch (error) {
    const reason = (error as NodeJS.ErrnoException).code ?? String(error);
    throw new GraftError('usage/port', `Expected a free port at ${host}. Received ${port}: ${reason}.`, {
      hint: 'Take another with --health-port; 0 takes any that is free.',
      cause: error,
    });
  }
}

function databaseNeeded(): GraftError {
  return new GraftError(
    'usage/database-needed',
    'Expected --database postgres://..., which servers and workers share. Received none.',
    { hint: 'With SQLite, the server runs the jobs itself: graft-server --jobs N.' },
  );
}
