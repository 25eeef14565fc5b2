#!/usr/bin/env node
/** publint and "are the types wrong" on every tarball, as a user would get it. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { packAll } from './pack.mjs';

const PROGRAMS = join(dirname(fileURLToPath(import.meta.url)), 'node_modules/.bin');
const folder = mkdtempSync(join(tmpdir(), 'graft-lint-'));
try {
  for (const { name, tarball } of packAll(folder)) {
    lint(name, 'publint', ['run', '--strict', tarball]);
    lint(name, 'attw', ['--profile', 'esm-only', '--no-emoji', '--no-color', '--format', 'ascii', tarball]);
  }
} finally {
  rmSync(folder, { recursive: true });
}

function lint(name, program, parameters) {
  const { status, stdout, stderr } = spawnSync(join(PROGRAMS, program), parameters, { encoding: 'utf8' });
  console.log(`${name}: ${program} ${status === 0 ? 'has nothing to say' : `\n${stdout}${stderr}`}`);
  if (status !== 0) process.exitCode = 1;
}
