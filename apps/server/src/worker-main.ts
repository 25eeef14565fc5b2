#!/usr/bin/env node
import { createServer, type Server } from 'node:http';
import { GraftError } from '@graft/core';
import { Command } from 'commander';
import { closeOnSignals, runProgram, sharedConfig, wholeNumber, withSharedFlags } from './flags.js';
import { createLog } from './log.js';
import { openServices, type Services } from './services.js';
import { version } from './version.js';

const program = withSharedFlags(
  new Command('graft-worker').description('Runs fine-tuning jobs that servers queue.').version(version),
)
  .option('--health-port <n>', 'answers /livez and /readyz there; nothing, if left out', wholeNumber)
  .option('--health-host <address>', 'address to answer at', '127.0.0.1')
  .action(async (options) => {
    const config = sharedConfig(options);
    if (config.database === null) throw databaseNeeded();
    const log = createLog(options.logLevel);
    const services = await openServices(config, log);
    const health = options.healthPort === undefined ? null : healthServer(services);
    health?.listen(options.healthPort, options.healthHost);
    log.info({ jobs: config.jobs, data: config.data }, 'ready');
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

function databaseNeeded(): GraftError {
  return new GraftError(
    'usage/database-needed',
    'Expected --database postgres://..., which servers and workers share. Received none.',
    { hint: 'With SQLite, the server runs the jobs itself: graft-server --jobs N.' },
  );
}
