import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { SetupError } from './ground.mjs';
import { packageFolders } from './packages.mjs';
import { run } from './process.mjs';

/** What npm and pnpm print where the registry can't be reached. */
const UNREACHABLE =
  /\b(ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|EHOSTUNREACH|ERR_SOCKET_TIMEOUT|UND_ERR_CONNECT_TIMEOUT|ENOTCACHED)\b/;

/** Installs the locked dependencies unless this very set is already there. */
export async function install(root, packageManager) {
  const stamp = join(root, 'node_modules/.cache/graft/installed');
  const wanted = fingerprint(root);
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return;
  console.error(`Installing dependencies with ${packageManager} (only when they change) ...`);
  const { status, output } = await run('npx', ['-y', packageManager, 'install', '--frozen-lockfile'], {
    cwd: root,
    // Never ask; and say within seconds, not after a minute, that there is no network.
    env: { CI: 'true', npm_config_fetch_retry_mintimeout: '1000', npm_config_fetch_retry_maxtimeout: '5000' },
  });
  if (status !== 0) throw new SetupError(`${output.trim()}\n\n${explain(output)}`);
  mkdirSync(dirname(stamp), { recursive: true });
  writeFileSync(stamp, wanted);
}

export function explain(output) {
  const code = UNREACHABLE.exec(output)?.[0];
  return code
    ? `Expected a network for the first installation. Received ${code} from the package registry. ` +
        'Try again with a connection; if you need a proxy or a mirror, npm reads it from `npm config set proxy` or `registry`.'
    : 'Expected the dependencies to install. Received the error above. ' +
        'Try again after `rm -rf node_modules`, or run `npx pnpm install` if you changed a package.json.';
}

function fingerprint(root) {
  const hash = createHash('sha256').update(`${process.platform} ${process.arch}`);
  const manifests = packageFolders(root).map((folder) => `${folder}/package.json`);
  const files = ['pnpm-lock.yaml', 'pnpm-workspace.yaml', 'package.json', ...manifests];
  for (const file of files) hash.update(`\n${file}\n`).update(readFileSync(join(root, file)));
  return hash.digest('hex');
}
