import { readFileSync } from 'node:fs';

/** A golden file of Keras and scikit-learn; what is in it: tooling/oracle/README.md. */
export function golden<T>(name: string): T {
  const file = new URL(`../../../tooling/oracle/golden/${name}.json`, import.meta.url);
  return JSON.parse(readFileSync(file, 'utf8')) as T;
}

/** Largest difference, relative above 1. */
export function difference(received: ArrayLike<number>, expected: readonly number[]): number {
  if (received.length !== expected.length) return Number.POSITIVE_INFINITY;
  return expected.reduce(
    (most, value, index) =>
      Math.max(most, Math.abs((received[index] as number) - value) / Math.max(1, Math.abs(value))),
    0,
  );
}
