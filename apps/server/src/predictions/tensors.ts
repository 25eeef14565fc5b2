import { Problem } from '../http/problem.js';

/** Values with their shape, row by row. */
export interface RawTensor {
  readonly shape: readonly number[];
  readonly values: Float32Array;
}

/** More than any network here has; a list nested deeper is no tensor. */
export const mostDimensions = 8;

/**
 * Reads nested lists of numbers, as JSON has them.
 *
 * @param field its name in the request, for the message
 * @throws Problem 400 `bad-tensor` for lists of unequal length, what is no number, or one beyond float32
 *
 * @example
 * nestedTensor([[1, 2], [3, 4], [5, 6]], 'instances'); // { shape: [3, 2], values: Float32Array [1, 2, 3, 4, 5, 6] }
 */
export function nestedTensor(value: unknown, field: string): RawTensor {
  const shape: number[] = [];
  for (let inner = value; Array.isArray(inner); inner = inner[0]) shape.push(inner.length);
  if (shape.length === 0 || shape.length > mostDimensions) {
    throw badTensor(field, `lists of numbers, nested 1 to ${mostDimensions} deep`, `${shape.length} levels`);
  }
  const values: number[] = [];
  const visit = (inner: unknown, axis: number): void => {
    if (axis === shape.length) {
      if (typeof inner !== 'number') throw badTensor(field, 'numbers', kindOf(inner));
      values.push(inner);
    } else {
      if (!Array.isArray(inner)) throw badTensor(field, 'lists of equal depth', kindOf(inner));
      if (inner.length !== shape[axis]) {
        throw badTensor(field, `lists of equal length, ${shape[axis]}`, `${inner.length}`);
      }
      for (const item of inner) visit(item, axis + 1);
    }
  };
  visit(value, 0);
  return { shape, values: finite(Float32Array.from(values), field) };
}

/** @throws Problem 400 `bad-tensor` where a value is not a finite float32 */
export function finite(values: Float32Array, field: string): Float32Array {
  const wrong = values.findIndex((value) => !Number.isFinite(value));
  if (wrong >= 0) throw badTensor(field, 'finite numbers of 32 bits', `${values[wrong]} at ${wrong}`);
  return values;
}

/** How many values a shape has. */
export const sizeOf = (shape: readonly number[]): number => shape.reduce((product, n) => product * n, 1);

export function badTensor(field: string, expected: string, received: string): Problem {
  return new Problem(400, 'bad-tensor', `Expected ${expected} in "${field}". Received ${received}.`, {
    field,
  });
}

function kindOf(value: unknown): string {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'a list' : typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}
