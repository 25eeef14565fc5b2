import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chown, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';

const run = promisify(execFile);
const debian = '/usr/lib/postgresql';
const nobody = 65_534;

/** A PostgreSQL of its own in a temporary folder, reached by a Unix socket only. */
export async function startPostgres() {
  // PostgreSQL refuses to run as root.
  const user = process.geteuid?.() === 0 ? { uid: nobody, gid: nobody } : {};
  const folder = await mkdtemp(join(tmpdir(), 'graft-soak-pg-'));
  if (user.uid !== undefined) await chown(folder, user.uid, user.gid);
  const [data, programs] = [join(folder, 'data'), await programFolder()];
  const options = { ...user, cwd: folder };
  await run(
    join(programs, 'initdb'),
    ['--pgdata', data, '--username', 'graft', '--auth', 'trust', '--encoding', 'UTF8'],
    options,
  );
  let child = null;
  const start = async () => {
    const flags = ['-D', data, '-k', folder, '-c', 'listen_addresses='];
    child = spawn(join(programs, 'postgres'), flags, { ...options, stdio: 'ignore' });
    const ready = () =>
      run(join(programs, 'pg_isready'), ['-h', folder], options).then(
        () => true,
        () => false,
      );
    while (!(await ready())) await sleep(100);
  };
  const stop = async (signal = 'SIGINT') => {
    const exit = once(child, 'exit');
    child.kill(signal); // SIGINT: fast shutdown; SIGQUIT: as if the plug was pulled
    await exit;
  };
  await start();
  return {
    url: `postgres://graft@/postgres?host=${encodeURIComponent(folder)}`,
    start,
    stop,
    remove: async () => {
      await stop('SIGQUIT');
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function programFolder() {
  if (process.env.GRAFT_POSTGRES) return process.env.GRAFT_POSTGRES;
  const versions = await readdir(debian).catch(() => []);
  const newest = versions.map(Number).sort((a, b) => b - a)[0];
  if (newest === undefined) throw new Error('Expected PostgreSQL. Try: bash tooling/server-parts/setup.sh');
  return join(debian, String(newest), 'bin');
}
