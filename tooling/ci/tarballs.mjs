#!/usr/bin/env node
/**
 * What a user gets: packs every package, installs the tarballs with npm in an empty folder, and runs the terminal and a
 * library program there. Then a program that has only TensorFlow.js reads the run and must predict the same.
 */
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { packAll } from './pack.mjs';
import { ROOT } from './repository.mjs';

const PROGRAMS = join(dirname(fileURLToPath(import.meta.url)), 'reader');
const TFJS = catalogVersion('@tensorflow/tfjs-core'); // the umbrella has the version of its parts

const folder = mkdtempSync(join(tmpdir(), 'graft-tarballs-'));
try {
  const tarballs = join(folder, 'tarballs');
  mkdirSync(tarballs);
  const packages = packAll(tarballs).map(({ name, tarball }) => [name, `file:${tarball}`]);
  const app = project('app', {
    ...Object.fromEntries(packages),
    '@tensorflow/tfjs-core': TFJS,
    '@tensorflow/tfjs-layers': TFJS,
    '@tensorflow/tfjs-backend-wasm': TFJS,
  });
  step('pictures', app, 'node', ['pictures.mjs']);
  step('one tfjs-core', app, 'npm', ['ls', '--all', '--parseable', '@tensorflow/tfjs-core'], (paths) =>
    expect(new Set(paths.trim().split('\n')).size === 1, 'one copy of tfjs-core', paths),
  );
  step('doctor', app, 'npx', ['graft', 'doctor', '--json'], (text) =>
    expect(
      JSON.parse(text).backends.some(({ usable }) => usable),
      'a usable backend',
      text,
    ),
  );
  step('tune', app, 'npx', ['graft', 'tune', 'iconnet', 'pictures', '--out', 'run', '--json'], (text) => {
    const { freeze } = JSON.parse(text);
    expect(freeze.identical > 0 && freeze.failed === 0, 'frozen weights that did not move', text);
  });
  step('verify', app, 'npx', ['graft', 'verify', 'run', '--json'], (text) =>
    expect(JSON.parse(text).match === true, 'a run that matches its record', text),
  );
  const predictions = step('predict', app, 'npx', ['graft', 'predict', 'run', 'pictures/disc', '--json']);
  step('server', app, 'node', ['server.mjs'], (text) => expect(text.trim() !== '', 'a label', text));
  rmSync(join(app, 'node_modules/@graft/server'), { recursive: true });
  step('no server', app, 'sh', ['-c', 'npx graft serve --json || test $? = 2'], (text) =>
    expect(JSON.parse(text).error?.code === 'usage/server-missing', 'the package to be named', text),
  );
  step('library', app, 'node', ['library.mjs'], (text) => expect(text.startsWith('disc'), 'a disc', text));

  const plain = project('plain', { '@tensorflow/tfjs': TFJS });
  cpSync(join(app, 'run'), join(plain, 'run'), { recursive: true });
  cpSync(join(app, 'pixels.json'), join(plain, 'pixels.json'));
  step('only TensorFlow.js', plain, 'node', ['plain.mjs'], (text) => {
    const wanted = JSON.parse(predictions)[0].predictions;
    const found = JSON.parse(text);
    const same = wanted.every(({ label, probability }) => Math.abs(found[label] - probability) < 1e-3);
    expect(same, `${JSON.stringify(wanted)}`, text);
  });
} catch (error) {
  console.error(`${error.message}\n${error.stdout ?? ''}${error.stderr ?? ''}`);
  process.exitCode = 1;
} finally {
  rmSync(folder, { recursive: true });
}

/** A folder with the programs and what npm installs for the given dependencies. */
function project(name, dependencies) {
  const cwd = join(folder, name);
  mkdirSync(cwd);
  cpSync(PROGRAMS, cwd, { recursive: true });
  const manifest = { name, private: true, type: 'module', dependencies };
  writeFileSync(join(cwd, 'package.json'), JSON.stringify(manifest));
  // Without install scripts: the one of tfjs-node fetches 400 MB, and everything must work where it can't.
  const quiet = ['--no-audit', '--no-fund', '--loglevel=error'];
  step(`install ${name}`, cwd, 'npm', ['install', '--ignore-scripts', '--prefer-offline', ...quiet]);
  return cwd;
}

function step(name, cwd, command, parameters, check = () => undefined) {
  const start = performance.now();
  try {
    const options = { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] };
    const stdout = execFileSync(command, parameters, options);
    check(stdout);
    console.log(`${name} ${((performance.now() - start) / 1000).toFixed(1)} s`);
    return stdout;
  } catch (error) {
    error.message = `${name}: ${error.message}`;
    throw error;
  }
}

function expect(condition, wish, received) {
  if (!condition) throw new Error(`Expected ${wish}. Received ${received}`);
}

function catalogVersion(name) {
  const catalog = readFileSync(join(ROOT, 'pnpm-workspace.yaml'), 'utf8');
  return new RegExp(`^ +['"]?${name}['"]?: (.+)$`, 'm').exec(catalog)[1];
}
