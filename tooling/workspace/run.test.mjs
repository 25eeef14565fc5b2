import { spawnSync } from 'node:child_process';
import { chmodSync, cpSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';

let root;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'graft-workspace-'));
  cpSync(import.meta.dirname, join(root, 'tooling/workspace'), {
    recursive: true,
    filter: (path) => !path.endsWith('node_modules'),
  });
  writeFileSync(join(root, 'pnpm-lock.yaml'), '');
  writeFileSync(join(root, 'pnpm-workspace.yaml'), '');
  manifest('>=20.0.0');
});

afterEach(() => {
  chmodSync(root, 0o755);
  rmSync(root, { recursive: true });
});

function manifest(node) {
  const packageManager = 'pnpm@10.34.8';
  writeFileSync(
    join(root, 'package.json'),
    JSON.stringify({ type: 'module', engines: { node }, packageManager }),
  );
}

function start(options = {}) {
  const parameters = [join(root, 'tooling/workspace/run.mjs'), 'start'];
  return spawnSync(process.execPath, parameters, { encoding: 'utf8', cwd: root, ...options });
}

test('names the wanted and the found version of Node', () => {
  manifest('^98.1.0 || >=99.2.0');
  const { status, stdout, stderr } = start();
  expect([status, stdout]).toEqual([1, '']);
  expect(stderr).toMatch(
    /^Expected Node\.js \^98\.1\.0 \|\| >=99\.2\.0\. Received 2\d\.\d+\.\d+\. Try .+\n$/,
  );
});

test('says that a checkout is read-only', () => {
  chmodSync(root, 0o555);
  const nobody = process.getuid() === 0 ? { uid: 65534, gid: 65534 } : {}; // root may write anywhere
  const { status, stdout, stderr } = start(nobody);
  expect([status, stdout]).toEqual([1, '']);
  expect(stderr).toMatch(/^Expected a checkout that can be written.+Received EACCES.+ Try .+\n$/);
});

test('says that there is no network', { timeout: 60_000 }, () => {
  const offline = { npm_config_registry: 'http://127.0.0.1:9', npm_config_cache: join(root, 'cache') };
  const { status, stdout, stderr } = start({ env: { ...process.env, ...offline } });
  expect([status, stdout]).toEqual([1, '']);
  expect(stderr.trimEnd().split('\n').at(-1)).toMatch(
    /^Expected a network .+ Received ECONNREFUSED .+ Try again/,
  );
  expect(existsSync(join(root, 'node_modules'))).toBe(false);
});
