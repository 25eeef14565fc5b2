import * as tf from '@tensorflow/tfjs-core';
import { GraftError } from './errors.js';
import { backendSelfTest } from './tfjs/backend-self-test.js';
import { prepareBackend } from './tfjs/prepare-backend.js';

/** A backend that an app may use; nothing is loaded before its turn comes. */
export interface BackendCandidate {
  /** As TensorFlow.js calls it: `tensorflow`, `wasm`, `cpu`, `webgpu`, `webgl`. */
  readonly name: string;
  /** Imports the backend's package, which registers it; returns the package's version. */
  load(): Promise<string>;
}

export interface BackendReport {
  readonly name: string;
  readonly usable: boolean;
  /** Why it cannot be used; null where it can. */
  readonly reason: string | null;
  readonly selfTest: 'passed' | 'failed' | null;
  readonly version: string | null;
}

/**
 * Loads one candidate and makes it the active backend, if one gradient step gives the numbers that it must give.
 *
 * @example
 * const report = await tryBackend({ name: 'cpu', load: async () => (await import('@tensorflow/tfjs-backend-cpu')).version_cpu });
 */
export async function tryBackend({ name, load }: BackendCandidate): Promise<BackendReport> {
  let version: string | null = null;
  const report = (rest: Pick<BackendReport, 'usable' | 'reason' | 'selfTest'>) => ({
    name,
    version,
    ...rest,
  });
  try {
    version = await load();
    if (!(await tf.setBackend(name)))
      return report({ usable: false, reason: 'it did not start', selfTest: null });
    await tf.ready();
  } catch (error) {
    return report({ usable: false, reason: firstLine(error), selfTest: null });
  }
  prepareBackend(name);
  const { passed, detail } = await backendSelfTest();
  return report({ usable: passed, reason: passed ? null : detail, selfTest: passed ? 'passed' : 'failed' });
}

/**
 * Uses the first candidate that loads and passes its self-test.
 *
 * @returns the one in use, and why earlier ones were skipped
 * @throws GraftError `backend/none`
 *
 * @example
 * const { backend } = await useBackend([wasm, cpu]);
 */
export async function useBackend(
  candidates: readonly BackendCandidate[],
): Promise<{ backend: string; skipped: BackendReport[] }> {
  const skipped: BackendReport[] = [];
  for (const candidate of candidates) {
    const report = await tryBackend(candidate);
    if (report.usable) return { backend: report.name, skipped };
    skipped.push(report);
  }
  const reasons = skipped.map(({ name, reason }) => `${name}: ${reason}`).join('; ');
  throw new GraftError(
    'backend/none',
    `Expected a backend that works. Received none: ${reasons || 'no candidates'}.`,
    {
      hint: 'graft doctor shows what each backend says.',
      details: { skipped },
    },
  );
}

function firstLine(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return (
    message
      .split('\n')
      .find((line) => line.trim() !== '')
      ?.trim() ?? 'unknown error'
  );
}
