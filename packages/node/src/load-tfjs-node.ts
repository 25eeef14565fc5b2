import { existsSync } from 'node:fs';
import { createRequire, Module } from 'node:module';
import { dirname, join } from 'node:path';
import util from 'node:util';
import type * as tf from '@tensorflow/tfjs-core';

/**
 * Registers the backend `tensorflow` as importing @tensorflow/tfjs-node 4.22.0 does, without what only costs time
 * here: the other parts of TensorFlow.js, which its kernels import but do not use, and the search for its native part.
 *
 * @param from `import.meta.url` of the app, which has the package, and TensorFlow.js, among its dependencies
 * @returns the package's version
 * @throws Error where the package or its native part is not installed, or does not load
 *
 * @example
 * await useBackend([{ name: 'tensorflow', load: async () => loadTfjsNode(import.meta.url) }]);
 */
export function loadTfjsNode(from: string): string {
  const require = createRequire(from);
  const manifest = require.resolve('@tensorflow/tfjs-node/package.json');
  const binding = join(dirname(manifest), 'lib', 'napi-v8', 'tfjs_binding.node');
  if (!existsSync(binding)) throw new Error('the native part of @tensorflow/tfjs-node is not installed');
  process.env.TF_CPP_MIN_LOG_LEVEL ??= '2'; // errors only, not how it was compiled
  supplyIsNullOrUndefined();

  const requireThere = createRequire(manifest);
  const native = requireThere(binding);
  const core: typeof tf = require('@tensorflow/tfjs-core');
  standIn(requireThere, '@tensorflow/tfjs', core);
  requireThere('./dist/register_all_kernels');
  const { NodeJSKernelBackend } = requireThere('./dist/nodejs_kernel_backend');
  const { name, version } = requireThere('./package.json');
  core.registerBackend('tensorflow', () => new NodeJSKernelBackend(native, name));
  return version;
}

/** From now on, whoever requires the module gets `exports`, and the module is not loaded. */
function standIn(require: NodeJS.Require, name: string, exports: object): void {
  const path = require.resolve(name);
  require.cache[path] ??= Object.assign(new Module(path), { exports, loaded: true });
}

/** tfjs-node 4.22.0 calls util.isNullOrUndefined, which Node 23 dropped. */
function supplyIsNullOrUndefined(): void {
  const legacy = util as { isNullOrUndefined?: (value: unknown) => boolean };
  legacy.isNullOrUndefined ??= (value) => value === null || value === undefined;
}
