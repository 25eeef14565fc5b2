import { availableParallelism } from 'node:os';

/** How many decodes run at once: more would only hold more pictures in memory. */
export const decodeSlots = availableParallelism();

/**
 * A gate that lets at most `size` pieces of work run at once; the others wait in order.
 *
 * @example
 * const limit = createLimit(2);
 * await Promise.all(files.map((file) => limit(() => readFile(file))));
 */
export function createLimit(size: number): <T>(work: () => Promise<T>) => Promise<T> {
  const waiting: (() => void)[] = [];
  let running = 0;
  return async (work) => {
    if (running < size) running++;
    else await new Promise<void>((resolve) => waiting.push(resolve)); // takes over the slot of one that ended
    try {
      return await work();
    } finally {
      const next = waiting.shift();
      if (next) next();
      else running--;
    }
  };
}

/**
 * Calls `work` for 0 ... count - 1, at most `size` at once, without a promise for each. The first error, or an
 * abort of `signal`, ends it.
 */
export async function forEachBounded(
  count: number,
  size: number,
  signal: AbortSignal | undefined,
  work: (index: number) => Promise<void>,
): Promise<void> {
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < count) {
      signal?.throwIfAborted();
      const index = next++;
      try {
        await work(index);
      } catch (error) {
        next = count;
        throw error;
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(size, count) }, worker));
}
