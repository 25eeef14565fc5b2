import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import '@tensorflow/tfjs-backend-cpu';
import '@tensorflow/tfjs-backend-wasm';

/** A backend to test on, or why this machine can't. */
interface BackendUnderTest {
  readonly name: string;
  readonly skipped: string | null;
}

/** Those that GRAFT_BACKENDS names, or cpu and wasm. cpu comes first: it is the reference of the others. */
export async function backendsUnderTest(): Promise<BackendUnderTest[]> {
  const names = (process.env.GRAFT_BACKENDS ?? 'cpu,wasm').split(',');
  const withReason = names.map(async (name) => ({
    name,
    skipped: name === 'tensorflow' ? await importTfjsNode() : null,
  }));
  return Promise.all(withReason);
}

/** tfjs-node is the terminal's, where a machine can build its native part: core must not depend on it. */
async function importTfjsNode(): Promise<string | null> {
  try {
    const terminal = new URL('../../../../../apps/cli/package.json', import.meta.url);
    const entry = createRequire(terminal).resolve('@tensorflow/tfjs-node');
    await import(pathToFileURL(entry).href);
    return null;
  } catch (error) {
    return `tfjs-node can't be imported: ${String(error).split('\n')[0]}`;
  }
}
