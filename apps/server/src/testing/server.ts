import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

/** The built server; tests that start it need `tsc -b` before. */
const program = fileURLToPath(new URL('../../dist/main.js', import.meta.url));

const startMilliseconds = 30_000;

/** A server in a process of its own, on a free port, with a data directory of its own. */
export interface TestServer {
  readonly url: string;
  readonly data: string;
  readonly pid: number;
  /** What it logged so far, a line each. */
  readonly log: readonly string[];
  /** As an administrator would: SIGTERM, then waits for the end. Resolves to the exit code. */
  stop(): Promise<number | null>;
  /** SIGKILL. The data directory stays, for the next one to start on. */
  kill(): Promise<void>;
  /** Ends it, however it stands, and removes its data directory if it made one. */
  remove(): Promise<void>;
}

export interface TestServerOptions {
  /** Beside `--port` and `--data`, for example `['--batch-ms', '0']`. No `--log-level`: the log tells the address. */
  readonly flags?: readonly string[];
  /** A data directory that stays the caller's; left out: a new one. */
  readonly data?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/**
 * Starts the built server and waits until `/readyz` answers.
 *
 * @example
 * const server = await startServer({ flags: ['--jobs', '0'] });
 * afterAll(() => server.remove());
 * await fetch(`${server.url}/livez`);
 */
export async function startServer(options: TestServerOptions = {}): Promise<TestServer> {
  const data = options.data ?? (await mkdtemp(join(tmpdir(), 'graft-server-')));
  const child = spawn(process.execPath, [program, '--port', '0', '--data', data, ...(options.flags ?? [])], {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { ...process.env, ...options.env },
  });
  const log: string[] = [];
  const address = urlFrom(child, log);
  const remove = async () => {
    await end(child, 'SIGKILL');
    if (options.data === undefined) await rm(data, { recursive: true, force: true, maxRetries: 5 });
  };
  try {
    const url = await Promise.race([address, ended(child, log), tooLate(log)]);
    await ready(url);
    return {
      url,
      data,
      pid: child.pid as number,
      log,
      stop: () => end(child, 'SIGTERM'),
      kill: async () => void (await end(child, 'SIGKILL')),
      remove,
    };
  } catch (error) {
    await remove();
    throw error;
  }
}

/** From the log's line that it is ready; collects the other lines too. */
function urlFrom(child: ChildProcess, log: string[]): Promise<string> {
  return new Promise((resolve) => {
    if (!child.stderr) return;
    createInterface({ input: child.stderr }).on('line', (line) => {
      log.push(line);
      const [, url] = /"url":"(http[^"]+)".*"msg":"ready"/.exec(line) ?? [];
      if (url) resolve(url);
    });
  });
}

async function ended(child: ChildProcess, log: readonly string[]): Promise<never> {
  const [code, signal] = await once(child, 'exit');
  throw new Error(`Expected a server. It ended with ${code ?? signal}:\n${log.join('\n')}`);
}

async function tooLate(log: readonly string[]): Promise<never> {
  await sleep(startMilliseconds, undefined, { ref: false });
  throw new Error(`Expected a server within ${startMilliseconds} ms. It said:\n${log.join('\n')}`);
}

async function ready(url: string): Promise<void> {
  const { status } = await fetch(`${url}/readyz`);
  if (status !== 200) throw new Error(`Expected /readyz to answer 200. Received ${status}.`);
}

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<number | null> {
  if (child.exitCode === null && child.signalCode === null) {
    const exit = once(child, 'exit');
    child.kill(signal);
    await exit;
  }
  return child.exitCode;
}
