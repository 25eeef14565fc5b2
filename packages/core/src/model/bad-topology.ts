import { GraftError } from '../errors.js';

/** The largest networks that people share have about 1,000. */
export const mostLayers = 10_000;

/** A topology that nothing is built from. What is received is cut off: it may be long. */
export function badTopology(expected: string, received: string, cause?: unknown): GraftError {
  return new GraftError(
    'model/bad-topology',
    `Expected ${expected}. Received ${received.slice(0, 300)}.`,
    cause === undefined ? {} : { cause },
  );
}
