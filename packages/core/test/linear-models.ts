/** Rows of features as numbers in double precision. */
export type Matrix = readonly (readonly number[])[];

/** Ridge regression by its normal equations, the intercept not penalised; predicts one value a row. */
export function ridge(
  rows: Matrix,
  targets: readonly number[],
  lambda: number,
): (row: readonly number[]) => number {
  const means = rows[0]?.map((_, column) => mean(rows.map((row) => row[column] as number))) ?? [];
  const offset = mean(targets);
  const centred = rows.map((row) => row.map((value, column) => value - (means[column] as number)));
  const gram = means.map((_, i) =>
    means.map(
      (__, j) => sum(centred.map((row) => (row[i] as number) * (row[j] as number))) + (i === j ? lambda : 0),
    ),
  );
  const moments = means.map((_, i) =>
    sum(centred.map((row, index) => (row[i] as number) * ((targets[index] as number) - offset))),
  );
  const slopes = solve(gram, moments);
  return (row) =>
    offset +
    sum(slopes.map((slope, column) => slope * ((row[column] as number) - (means[column] as number))));
}

/** Gaussian elimination with pivots. */
function solve(matrix: Matrix, right: readonly number[]): number[] {
  const rows = matrix.map((row, index) => [...row, right[index] as number]);
  const size = rows.length;
  for (let column = 0; column < size; column++) {
    const pivot = rows
      .slice(column)
      .reduce(
        (best, row, index) =>
          Math.abs(row[column] as number) > Math.abs(rows[best]?.[column] as number) ? column + index : best,
        column,
      );
    [rows[column], rows[pivot]] = [rows[pivot] as number[], rows[column] as number[]];
    const top = rows[column] as number[];
    for (let below = column + 1; below < size; below++) {
      const row = rows[below] as number[];
      const factor = (row[column] as number) / (top[column] as number);
      for (let index = column; index <= size; index++) row[index]! -= factor * (top[index] as number);
    }
  }
  const result = new Array<number>(size).fill(0);
  for (let index = size - 1; index >= 0; index--) {
    const row = rows[index] as number[];
    const known = sum(result.map((value, column) => (column > index ? value * (row[column] as number) : 0)));
    result[index] = ((row[size] as number) - known) / (row[index] as number);
  }
  return result;
}

export function mean(values: readonly number[]): number {
  return sum(values) / values.length;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
