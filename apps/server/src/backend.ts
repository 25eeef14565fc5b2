import { type BackendCandidate, useBackend } from '@graft/core';
import { loadTfjsNode } from '@graft/node';
import type { Config } from './config.js';

/** Fastest first. */
const candidates: readonly BackendCandidate[] = [
  { name: 'tensorflow', load: async () => loadTfjsNode(import.meta.url) },
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
