#!/usr/bin/env node
/** Runs the code blocks of README and docs, each page from top to bottom in a folder of its own (see code-blocks.mjs). */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { codeBlocks } from './code-blocks.mjs';
import { linkPackages } from './reader-folder.mjs';
import { ROOT, repositoryFiles } from './repository.mjs';

const PAGES = /^(README\.md|docs\/.*\.md|(packages|apps|examples)\/[^/]+\/README\.md)$/;
const MINUTES = 10; // for one block

let passed = 0;
let failed = 0;
const wanted = process.argv.slice(2);
for (const page of repositoryFiles().filter((file) => PAGES.test(file))) {
  if (wanted.length === 0 || wanted.includes(page)) runPage(page);
}
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;

function runPage(page) {
  const { blocks, findings } = codeBlocks(readFileSync(join(ROOT, page), 'utf8'));
  for (const finding of findings) fail(`${page}:${finding}`);
  if (blocks.length === 0) return;
  const folder = mkdtempSync(join(tmpdir(), 'graft-docs-'));
  try {
    linkPackages(folder);
    for (const block of blocks) {
      const seconds = -performance.now() / 1000;
      const { status, output } = runBlock(block, folder);
      const place = `${page}:${block.line}`;
      if (status !== 0) {
        fail(`${place}: Expected exit 0. Received ${status}.\n${output}`);
        return; // what follows on the page builds on it
      }
      passed++;
      console.log(`${place} ${(seconds + performance.now() / 1000).toFixed(1)} s`);
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function runBlock({ language, atTop, line, code: text }, folder) {
  const cwd = atTop ? ROOT : folder;
  const code = `${'\n'.repeat(line)}${text}\n`; // errors then name the line of the page
  if (language === 'sh') return run('bash', ['-euo', 'pipefail', '-c', code], cwd, folder);
  const name = `block-${line}`;
  if (language === 'js') {
    writeFileSync(join(folder, `${name}.mjs`), code);
    return run(process.execPath, [join(folder, `${name}.mjs`)], cwd, folder);
  }
  writeFileSync(join(folder, `${name}.mts`), code);
  const strict = ['--strict', '--skipLibCheck', '--types', 'node'];
  const types = ['--target', 'es2023', '--module', 'nodenext', ...strict, `${name}.mts`];
  const checked = run(join(ROOT, 'node_modules/.bin/tsc'), types, folder, folder);
  return checked.status === 0 ? run(process.execPath, [join(folder, `${name}.mjs`)], cwd, folder) : checked;
}

function run(command, parameters, cwd, folder) {
  const PATH = [join(folder, 'node_modules/.bin'), process.env.PATH].join(delimiter);
  const { status, signal, stdout, stderr } = spawnSync(command, parameters, {
    cwd,
    env: { ...process.env, PATH, NO_COLOR: '1' },
    stdio: ['ignore', 'pipe', 'pipe'],
    encoding: 'utf8',
    timeout: MINUTES * 60_000,
    maxBuffer: 1e8,
  });
  return { status: status ?? signal, output: stdout + stderr };
}

function fail(message) {
  failed++;
  console.error(message);
}
