import { GraftError } from '@graft/core';

/**
 * The shape in which the numbers of one row go into the model: pixel columns, say, as [28, 28, 1]. One open
 * dimension of the model takes what is left.
 *
 * @param columns how many numeric columns the table has
 * @throws GraftError `data/does-not-fit`
 *
 * @example
 * rowShape(784, [28, 28, 1], 'digits.csv'); // [28, 28, 1]
 */
export function rowShape(columns: number, inputShape: readonly (number | null)[], path: string): number[] {
  const known = inputShape.reduce<number>((product, n) => product * (n ?? 1), 1);
  const open = inputShape.filter((n) => n === null).length;
  const rest = columns / known;
  if (open > 1 || columns === 0 || (open ? !Number.isInteger(rest) : rest !== 1)) {
    throw new GraftError(
      'data/does-not-fit',
      `Expected ${open ? `a multiple of ${known}` : known} numeric columns for the model's input [${inputShape.map((n) => n ?? '?').join(', ')}]. Received ${columns} in "${path}".`,
      { details: { path, expected: open ? null : known, received: columns } },
    );
  }
  return inputShape.map((n) => n ?? rest);
}
