import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync } from 'node:fs';
import { chown, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import pg from 'pg';

const DEBIAN = '/usr/lib/postgresql';
const NOBODY = 65_534;

/** Folder of `initdb` and `postgres`; null where there is none, and tests are to be skipped. */
export const postgresPrograms: string | null = findPrograms();

/** A PostgreSQL of its own in a temporary folder, reached by a Unix socket only. */
export interface TestPostgres {
  readonly url: string;
  /** The URL of a new, empty database. */
  createDatabase(): Promise<string>;
  /** Stops it as an administrator would (`fast`), or pulls the plug. */
  stop(how?: 'fast' | 'kill'): Promise<void>;
  start(): Promise<void>;
  /** Stops it and removes its folder. */
  remove(): Promise<void>;
}

/** @example const postgres = await startPostgres(); afterAll(() => postgres.remove()); */
export async function startPostgres(): Promise<TestPostgres> {
  // PostgreSQL refuses to run as root.
  const user = process.geteuid?.() === 0 ? { uid: NOBODY, gid: NOBODY } : {};
  const folder = await mkdtemp(join(tmpdir(), 'graft-pg-'));
  if (user.uid !== undefined) await chown(folder, user.uid, user.gid);
  const data = join(folder, 'data');
  const program = (name: string) => join(postgresPrograms!, name);
  const setup = [
    '--pgdata',
    data,
    '--username',
    'graft',
    '--auth',
    'trust',
    '--encoding',
    'UTF8',
    '--no-sync',
  ];
  await promisify(execFile)(program('initdb'), setup, { ...user, cwd: folder });

  const urlOf = (database: string) => `postgres://graft@/${database}?host=${encodeURIComponent(folder)}`;
  let running: ChildProcess | null = null;
  let databases = 0;

  async function start(): Promise<void> {
    const options = ['-D', data, '-k', folder, '-c', 'listen_addresses=', '-c', 'max_connections=150'];
    running = spawn(program('postgres'), options, { ...user, cwd: folder, stdio: 'ignore' });
    for (const begin = Date.now(); !(await answers(urlOf('postgres'))); await sleep(100)) {
      if (Date.now() - begin > 30_000) throw new Error('Expected PostgreSQL to answer within 30 s.');
    }
  }

  async function stop(how: 'fast' | 'kill' = 'fast'): Promise<void> {
    if (!running) return;
    const exit = once(running, 'exit');
    // SIGINT is PostgreSQL's fast shutdown, SIGQUIT its immediate one: no checkpoint, recovery at the next start.
    running.kill(how === 'fast' ? 'SIGINT' : 'SIGQUIT');
    await exit;
    running = null;
  }

  async function createDatabase(): Promise<string> {
    const name = `test_${++databases}`;
    await withClient(urlOf('postgres'), (client) => client.query(`CREATE DATABASE ${name}`));
    return urlOf(name);
  }

  await start();
  return {
    url: urlOf('postgres'),
    createDatabase,
    start,
    stop,
    remove: async () => {
      await stop('kill');
      await rm(folder, { recursive: true, force: true });
    },
  };
}

export async function withClient<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 2_000 });
  client.on('error', () => {});
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

async function answers(url: string): Promise<boolean> {
  return withClient(url, (client) => client.query('SELECT 1')).then(
    () => true,
    () => false,
  );
}

function findPrograms(): string | null {
  const versions = existsSync(DEBIAN) ? readdirSync(DEBIAN).toSorted((a, b) => Number(b) - Number(a)) : [];
  const folders = [
    process.env.GRAFT_POSTGRES ?? '',
    ...(process.env.PATH ?? '').split(delimiter),
    ...versions.map((version) => join(DEBIAN, version, 'bin')),
  ];
  return folders.find((folder) => folder !== '' && existsSync(join(folder, 'initdb'))) ?? null;
}
