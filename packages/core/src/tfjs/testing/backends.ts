import '@tensorflow/tfjs-backend-cpu';
import '@tensorflow/tfjs-backend-wasm';

/** A backend to test on, or why this machine can't. */
interface BackendUnderTest {
  readonly name: string;
  readonly skipped: string | null;
}

/** cpu first: it is the reference of the others. `tensorflow` only where tfjs-node and its binding are installed. */
export async function backendsUnderTest(): Promise<BackendUnderTest[]> {
  return [
    { name: 'cpu', skipped: null },
    { name: 'wasm', skipped: null },
    { name: 'tensorflow', skipped: await importTfjsNode() },
  ];
}

async function importTfjsNode(): Promise<string | null> {
  // Not a dependency: the name is hidden from the compiler.
  const tfjsNode = '@tensorflow/tfjs-node';
  try {
    await import(tfjsNode);
    return null;
  } catch (error) {
    return `tfjs-node can't be imported: ${String(error).split('\n')[0]}`;
  }
}
