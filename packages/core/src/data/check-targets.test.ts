import { expect, test } from 'vitest';
import { checkClasses } from './check-targets.js';
import type { Target } from './dataset.js';

const check = (targets: readonly Target[]) =>
  checkClasses({ size: targets.length, target: (index) => targets[index] as Target }, 3);

test('every class may occur, or none', () => {
  expect(() => check([0, 1, 2, 2])).not.toThrow();
  expect(() => check([])).not.toThrow();
});

test.each([
  [3],
  [-1],
  [1.5],
  [Number.NaN],
  [[1, 0, 0]],
  [undefined as unknown as number],
  ['1' as unknown as number],
])('%j is refused, and the example named', (target) => {
  expect(() => check([0, 2, target])).toThrow(
    expect.objectContaining({
      code: 'data/target-out-of-range',
      message: expect.stringContaining('example 2'),
      details: { example: 2, target, classes: 3 },
    }),
  );
});
