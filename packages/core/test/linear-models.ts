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

/**
 * Multinomial logistic regression as scikit-learn's LogisticRegression with C = 1 minimises it: the sum of the
 * cross-entropies plus half the squared norm of the kernel. Gradient descent with momentum, to convergence.
 *
 * @returns the most probable class of a row
 */
export function logisticRegression(
  rows: Matrix,
  targets: readonly number[],
  classes: number,
): (row: readonly number[]) => number {
  const width = rows[0]?.length ?? 0;
  const size = classes * (width + 1); // the last of each class is its intercept
  const weights = new Float64Array(size);
  const velocity = new Float64Array(size);
  const largest = Math.max(...rows.map((row) => 1 + sum(row.map((value) => value ** 2))));
  const rate = 1 / (0.5 * rows.length * largest + 1); // one over a bound of the curvature
  for (let step = 0; step < 4000; step++) {
    const gradient = new Float64Array(size);
    rows.forEach((row, index) => {
      softmax(scores(weights, row, classes)).forEach((probability, label) => {
        const error = probability - (targets[index] === label ? 1 : 0);
        const base = label * (width + 1);
        for (let column = 0; column < width; column++)
          gradient[base + column]! += error * (row[column] as number);
        gradient[base + width]! += error;
      });
    });
    for (let index = 0; index < size; index++) {
      const penalty = index % (width + 1) === width ? 0 : (weights[index] as number);
      velocity[index] = 0.95 * (velocity[index] as number) - rate * ((gradient[index] as number) + penalty);
      weights[index]! += velocity[index] as number;
    }
  }
  return (row) => {
    const values = scores(weights, row, classes);
    return values.indexOf(Math.max(...values));
  };
}

function scores(weights: Float64Array, row: readonly number[], classes: number): number[] {
  const width = row.length;
  return Array.from({ length: classes }, (_, label) => {
    const base = label * (width + 1);
    let total = weights[base + width] as number;
    for (let column = 0; column < width; column++)
      total += (weights[base + column] as number) * (row[column] as number);
    return total;
  });
}

function softmax(values: readonly number[]): number[] {
  const largest = Math.max(...values);
  const powers = values.map((value) => Math.exp(value - largest));
  const total = sum(powers);
  return powers.map((power) => power / total);
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
