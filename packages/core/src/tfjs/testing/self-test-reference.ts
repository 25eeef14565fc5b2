/*
 * The training step of the backend self-test again, in float64 with plain loops and central differences: nothing of
 * TensorFlow.js is used, so the numbers are an independent reference.
 */

interface Start {
  readonly images: readonly number[];
  readonly kernel: readonly number[];
  readonly bias: readonly number[];
  readonly weights: readonly number[];
  readonly targets: readonly number[];
}

/** Loss before the step, then kernel, bias and dense weights after one step of gradient descent. */
export function referenceStep(
  { images, kernel, bias, weights, targets }: Start,
  learningRate: number,
): number[] {
  const start = [...kernel, ...bias, ...weights];
  const loss = (parameters: readonly number[]): number =>
    meanLoss(images, parameters.slice(0, 8), parameters.slice(8, 10), parameters.slice(10), targets);
  const step = 1e-5;
  const moved = start.map((value, i) => {
    const at = (by: number): number => loss(start.map((other, j) => (j === i ? other + by : other)));
    return value - learningRate * ((at(step) - at(-step)) / (2 * step));
  });
  return [loss(start), ...moved];
}

function meanLoss(
  images: readonly number[],
  kernel: readonly number[],
  bias: readonly number[],
  weights: readonly number[],
  targets: readonly number[],
): number {
  let total = 0;
  for (let example = 0; example < 2; example++) {
    const pixel = (row: number, column: number): number =>
      row < 3 && column < 3 ? at(images, (example * 3 + row) * 3 + column) : 0;
    const features = [0, 1].map((channel) => {
      // Kernel 2, stride 2, `same`: 3 pixels need one row and one column of zeros behind.
      const plane = grid((row, column) => {
        let sum = at(bias, channel);
        for (let y = 0; y < 2; y++) {
          for (let x = 0; x < 2; x++)
            sum += pixel(2 * row + y, 2 * column + x) * at(kernel, (y * 2 + x) * 2 + channel);
        }
        return sum;
      });
      const window = (source: number[], row: number, column: number): number[] =>
        source.filter((_, i) => Math.floor(i / 2) >= row && i % 2 >= column);
      const maxima = grid((row, column) => Math.max(...window(plane, row, column)));
      return mean(grid((row, column) => mean(window(maxima, row, column))));
    });
    const logits = [0, 1, 2].map(
      (label) => at(features, 0) * at(weights, label) + at(features, 1) * at(weights, 3 + label),
    );
    const logTotal = Math.log(logits.reduce((sum, logit) => sum + Math.exp(logit), 0));
    logits.forEach((logit, label) => {
      total -= (at(targets, example * 3 + label) * (logit - logTotal)) / 2;
    });
  }
  return total;
}

/** Values of a 2 x 2 plane, row by row. */
function grid(value: (row: number, column: number) => number): number[] {
  return [value(0, 0), value(0, 1), value(1, 0), value(1, 1)];
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function at(values: readonly number[], index: number): number {
  return values[index] ?? Number.NaN;
}
