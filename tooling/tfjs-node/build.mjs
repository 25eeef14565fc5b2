#!/usr/bin/env node
/**
 * Builds the native part of @tensorflow/tfjs-node and puts it into the installed package; see README.md.
 *
 *     node tooling/tfjs-node/build.mjs [folder of @tensorflow/tfjs-node]
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { copyFileSync, existsSync, mkdirSync, readFileSync, realpathSync, renameSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CACHE, nodeHeaders, tensorflowLibrary } from './downloads.mjs';
import { BuildError, run } from './run.mjs';

const HERE = dirname(fileURLToPath(import.meta.url));
const SOURCES = ['tfjs_backend.cc', 'tfjs_binding.cc'];
const CXX = process.env.CXX || 'g++';

/** Loads the package in a process of its own and does one multiplication; prints the backend and its version. */
const PROBE = `
  const util = require('node:util');
  util.isNullOrUndefined ??= (value) => value == null; // called by 4.22.0, gone since Node 23
  const tf = require(process.argv[1]);
  if (tf.getBackend() !== 'tensorflow' || tf.matMul([[2]], [[3]]).dataSync()[0] !== 6) process.exit(1);
  console.log('tensorflow ' + tf.version_core + ' on libtensorflow ' + tf.backend().binding.TF_Version);
`;

function main() {
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    throw new BuildError(
      `Expected Linux on x64, for which the TensorFlow wheel is made. Received ${process.platform} on ${process.arch}. ` +
        "Try tfjs-node's own installation, or the wasm backend, which needs nothing native.",
    );
  }
  const folder = packageFolder();
  const before = probe(folder);
  if (before.ok) {
    console.log(`already built: ${before.text}`);
    return;
  }
  const binding = compile(folder, tensorflowLibrary(), nodeHeaders());
  const target = join(folder, 'lib', 'napi-v8', 'tfjs_binding.node');
  mkdirSync(dirname(target), { recursive: true });
  copyFileSync(binding, `${target}.new`);
  renameSync(`${target}.new`, target);
  const after = probe(folder);
  if (!after.ok) {
    throw new BuildError(`Expected @tensorflow/tfjs-node to load after the build. Received:\n${after.text}`);
  }
  console.log(`built: ${after.text}`);
}

/** The real folder of the package, also where pnpm reaches it by symbolic links. */
function packageFolder() {
  const given = process.argv[2];
  const from = createRequire(join(HERE, '../../apps/cli/package.json'));
  try {
    const manifest = given ? join(given, 'package.json') : from.resolve('@tensorflow/tfjs-node/package.json');
    const { name, version } = JSON.parse(readFileSync(manifest, 'utf8'));
    if (name === '@tensorflow/tfjs-node' && version === '4.22.0') return dirname(realpathSync(manifest));
  } catch (error) {
    if (!['ENOENT', 'ENOTDIR', 'MODULE_NOT_FOUND'].includes(error.code)) throw error;
  }
  throw new BuildError(
    `Expected @tensorflow/tfjs-node 4.22.0 in ${given ?? 'what apps/cli can import'}. Received something else or nothing. ` +
      'Try installing the dependencies first, or give the folder of the package.',
  );
}

function probe(folder) {
  const env = { ...process.env, TF_CPP_MIN_LOG_LEVEL: '2' };
  const { status, stdout, stderr } = spawnSync(process.execPath, ['-e', PROBE, folder], {
    env,
    encoding: 'utf8',
  });
  return { ok: status === 0, text: (stdout + stderr).trim() };
}

/** Compiles once for each content of the C++ sources; a fresh installation then only copies the result. */
function compile(folder, tensorflow, headers) {
  const library = join(tensorflow, 'tensorflow');
  const sources = SOURCES.map((name) => join(folder, 'binding', name));
  const hash = createHash('sha256');
  for (const source of sources) hash.update(readFileSync(source));
  const binding = join(CACHE, `tfjs_binding-${hash.digest('hex').slice(0, 16)}.node`);
  if (existsSync(binding)) return binding;
  console.log('compiling the binding ...');
  const includes = [
    `-I${join(library, 'include')}`,
    `-I${join(headers, 'package', 'include')}`,
    `-I${folder}`,
  ];
  const libraries = ['-l:libtensorflow_cc.so.2', '-l:libtensorflow_framework.so.2', `-Wl,-rpath,${library}`];
  const options = ['-std=c++17', '-O2', '-fPIC', '-shared', '-DNAPI_VERSION=8'];
  const partial = `${binding}.${process.pid}`;
  run(
    CXX,
    [...options, ...includes, ...sources, `-L${library}`, ...libraries, '-o', partial],
    'a C++17 compiler',
    'Try `apt-get install g++`, or set CXX.',
  );
  renameSync(partial, binding);
  return binding;
}

try {
  main();
} catch (error) {
  if (!(error instanceof BuildError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
