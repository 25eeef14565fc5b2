#!/usr/bin/env node
/**
 * What `npm start`, `npm run serve`, `npm run build` and `npm test` call: check the ground, install once, build what changed, do the job.
 * Plain Node without dependencies, because it runs before anything is installed.
 */
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from './build.mjs';
import { checkNode, checkWritable, SetupError } from './ground.mjs';
import { install } from './install.mjs';
import { test } from './test.mjs';

const ROOT = join(dirname(fileURLToPath(import.meta.url)), '../..');
const DEMO = join(ROOT, 'examples/cars-to-trucks/main.js');
const CLI = join(ROOT, 'apps/cli/dist/main.js');
const JOBS = { start, serve, build: () => undefined, test };

function start(_root, parameters) {
  return run(DEMO, parameters);
}

function serve(_root, parameters) {
  return run(CLI, ['serve', ...parameters]);
}

/** In this process, so that arguments, signals, streams and the exit code are the program's own. */
function run(program, parameters) {
  process.argv = [process.execPath, program, ...parameters];
  return import(pathToFileURL(program).href);
}

const [name, ...parameters] = process.argv.slice(2);
try {
  if (!Object.hasOwn(JOBS, name)) {
    throw new SetupError(`Expected one of ${Object.keys(JOBS).join(', ')}. Received ${name}.`);
  }
  const manifest = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
  checkNode(process.versions.node, manifest.engines.node);
  checkWritable(ROOT);
  await install(ROOT, manifest.packageManager);
  await build(ROOT);
  await JOBS[name](ROOT, parameters);
} catch (error) {
  if (!(error instanceof SetupError)) throw error;
  if (error.message) console.error(error.message);
  process.exitCode = error.exitCode;
}
