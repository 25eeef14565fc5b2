import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import util from 'node:util';
import { type BackendCandidate, useBackend } from '@graft/core';
import type { Config } from './config.js';

/** Fastest first. */
const candidates: readonly BackendCandidate[] = [
  { name: 'tensorflow', load: loadTensorFlow },
  { name: 'wasm', load: async () => (await import('@tensorflow/tfjs-backend-wasm')).version_wasm },
  { name: 'cpu', load: async () => (await import('@tensorflow/tfjs-backend-cpu')).version_cpu },
];

/**
 * Makes the chosen backend the active one of this process.
 *
 * @returns its name
 * @throws GraftError `backend/none`
 */
export async function startBackend(choice: Config['backend']): Promise<string> {
  const wanted = choice === 'auto' ? candidates : candidates.filter(({ name }) => name === choice);
  return (await useBackend(wanted)).backend;
}

async function loadTensorFlow(): Promise<string> {
  const require = createRequire(import.meta.url);
  const folder = dirname(require.resolve('@tensorflow/tfjs-node/package.json'));
  // Importing it loads all of TensorFlow.js before it says so itself.
  const binding = join(folder, 'lib', 'napi-v8', 'tfjs_binding.node');
  if (!existsSync(binding)) throw new Error('the native part of @tensorflow/tfjs-node is not installed');
  process.env.TF_CPP_MIN_LOG_LEVEL ??= '2'; // errors only, not how it was compiled
  const legacy = util as { isNullOrUndefined?: (value: unknown) => boolean };
  legacy.isNullOrUndefined ??= (value) => value === null || value === undefined; // Node 23 dropped it, 4.22.0 calls it
  const { version } = await import('@tensorflow/tfjs-node');
  return version['tfjs-node'];
}
