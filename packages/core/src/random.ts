/** Uniform numbers in [0, 1). */
export type Random = () => number;

/**
 * An independent stream of random numbers for each purpose, all from one seed: a change in how one is used
 * leaves the others as they are. Generator: sfc32 of PractRand (Doty-Humphrey), seeded by a 32-bit FNV-1a hash.
 *
 * @example
 * const next = randomStream(7, 'shuffle', 3); // the order of epoch 3
 */
export function randomStream(seed: number, ...purpose: readonly (string | number)[]): Random {
  const key = [seed, ...purpose].join('/');
  let [a, b, c, counter] = [hash(`${key}/a`), hash(`${key}/b`), hash(`${key}/c`), 1];
  const next = () => {
    const sum = (((a + b) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (c << 21) | (c >>> 11);
    c = (c + sum) | 0;
    return (sum >>> 0) / 2 ** 32;
  };
  for (let warmUp = 0; warmUp < 12; warmUp++) next();
  return next;
}

/** A seed for an operation of TensorFlow.js: a whole number from 1 to 2^31 - 1. */
export function seedFrom(random: Random): number {
  return 1 + Math.floor(random() * (2 ** 31 - 1));
}

/** A shuffled copy (Fisher and Yates). */
export function shuffled<T>(items: readonly T[], random: Random): T[] {
  const result = [...items];
  for (let last = result.length - 1; last > 0; last--) {
    const other = Math.floor(random() * (last + 1));
    [result[last], result[other]] = [result[other] as T, result[last] as T];
  }
  return result;
}

function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let index = 0; index < text.length; index++) {
    value = Math.imul(value ^ text.charCodeAt(index), 0x01000193);
  }
  return value | 0;
}
