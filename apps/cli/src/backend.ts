import { type BackendCandidate, useBackend } from '@graft/core';
import { loadTfjsNode } from '@graft/node';
import type { BackendChoice } from './backend-choice.js';
import type { Terminal } from './terminal.js';

/** Fastest first. */
export const candidates: readonly BackendCandidate[] = [
  { name: 'tensorflow', load: async () => loadTfjsNode(import.meta.url) },
  { name: 'wasm', load: async () => (await import('@tensorflow/tfjs-backend-wasm')).version_wasm },
  { name: 'cpu', load: async () => (await import('@tensorflow/tfjs-backend-cpu')).version_cpu },
];

/**
 * Makes the asked-for backend the active one; `auto` takes the first that works and says why others were skipped.
 *
 * @returns its name
 * @throws GraftError `backend/none`
 */
export async function startBackend(choice: BackendChoice, terminal: Terminal): Promise<string> {
  const wanted = choice === 'auto' ? candidates : candidates.filter(({ name }) => name === choice);
  const { backend, skipped } = await useBackend(wanted);
  for (const { name, reason } of skipped)
    terminal.notice(`Using ${backend}: ${name} cannot be used, ${reason}.`);
  return backend;
}
