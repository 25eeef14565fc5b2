import { GraftError } from '@graft/core';
import type { BackendChoice } from '../backend-choice.js';
import type { CommandContext } from '../command-context.js';
import { exitCodes } from '../exit-codes.js';

export interface ServeFlags {
  readonly port: number;
  readonly data: string;
  readonly host: string;
  readonly backend: BackendChoice;
}

const serverPackage = '@graft/server';

/** Serves until a signal comes. What else the server can be told, `graft-server --help` says. */
export async function runServe({ terminal, interrupt }: CommandContext, flags: ServeFlags): Promise<number> {
  const { serve, defaults, createLog } = await loadServer();
  const server = await serve({ ...defaults, ...flags }, createLog('info'));
  const { url } = server;
  terminal.result({ url, data: flags.data }, (colors) => `${colors.bold(url)} is ready; Ctrl-C ends it.`);
  await new Promise<void>((resolve) => {
    for (const signal of [interrupt.signal, interrupt.stop]) {
      signal.addEventListener('abort', () => resolve(), { once: true });
      if (signal.aborted) resolve();
    }
  });
  await server.close();
  return exitCodes.ok;
}

/** @throws GraftError `usage/server-missing` */
async function loadServer(): Promise<typeof import('@graft/server')> {
  try {
    return await import('@graft/server');
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const absent = code === 'ERR_MODULE_NOT_FOUND' || code === 'MODULE_NOT_FOUND';
    if (!absent || !message.includes(serverPackage)) throw error;
    throw new GraftError(
      'usage/server-missing',
      `Expected the package ${serverPackage}. It isn't installed here.`,
      {
        hint: 'graft serve needs it beside @graft/cli.',
        details: { package: serverPackage },
        cause: error,
      },
    );
  }
}
