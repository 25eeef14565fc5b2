import * as tf from '@tensorflow/tfjs-core';
import type { LayerWeight } from '../model/stored-weights.js';
import type { Rows } from './forward.js';

/** A Dense layer's weights: kernel [inputs, units] and bias [units]. */
export interface DenseWeights {
  readonly kernel: LayerWeight;
  readonly bias: LayerWeight;
}

/** Mean and scale of each column. */
export interface Scaling {
  readonly mean: Float64Array;
  readonly scale: Float64Array;
}

/**
 * The variance of a column is taken as if so many more examples had shown the average variance: from a handful of
 * examples a column's own is a guess, and one that hardly varied must not be blown up. Chosen on pairs of
 * vehicle labels that no published figure uses.
 */
const priorExamples = 10;

/** Of float32: a column that varies by less than this share of its mean is constant. */
const rounding = 1e-7;

/**
 * Mean and standard deviation of each feature over the training rows. A linear layer trains as fast on badly
 * scaled features as on good ones if it sees them standardised; the scaling is folded into its weights after.
 */
export function featureScaling({ values }: Rows, width: number): Scaling {
  const count = values.length / width;
  const mean = new Float64Array(width);
  const variance = new Float64Array(width);
  for (let index = 0; index < values.length; index++)
    mean[index % width]! += (values[index] as number) / count;
  for (let index = 0; index < values.length; index++) {
    variance[index % width]! += ((values[index] as number) - (mean[index % width] as number)) ** 2 / count;
  }
  const noise = (column: number) => (rounding * (mean[column] as number)) ** 2;
  for (let column = 0; column < width; column++)
    if ((variance[column] as number) < noise(column)) variance[column] = 0;
  const average = variance.reduce((sum, value) => sum + value, 0) / width;
  const shrunk = (own: number) => (count * own + priorExamples * average) / (count + priorExamples);
  return { mean, scale: variance.map((own) => Math.sqrt(shrunk(own)) || 1) };
}

/** `(x - mean) / scale`, column by column, in new memory. */
export function standardizeRows(rows: Rows, { mean, scale }: Scaling): Rows {
  const width = mean.length;
  const values = rows.values.map(
    (value, index) => (value - (mean[index % width] as number)) / (scale[index % width] as number),
  );
  return { values, shape: rows.shape };
}

/** Mean and standard deviation of regression targets: one column. */
export function targetScaling(targets: readonly number[]): Scaling {
  const mean = targets.reduce((sum, target) => sum + target, 0) / targets.length;
  const variance = targets.reduce((sum, target) => sum + (target - mean) ** 2, 0) / targets.length;
  return { mean: Float64Array.of(mean), scale: Float64Array.of(Math.sqrt(variance) || 1) };
}

/**
 * Rewrites a Dense layer that answers to standardised inputs into one that gives the same answers to the
 * inputs as they are: `kernel / scale`, `bias - mean / scale . kernel`. `unfoldInputs` is the way back.
 */
export function foldInputs(dense: DenseWeights, { mean, scale }: Scaling): void {
  rewrite(dense, (kernel, bias, units) => {
    for (let index = 0; index < kernel.length; index++) {
      const input = Math.floor(index / units);
      kernel[index] = (kernel[index] as number) / (scale[input] as number);
      bias[index % units]! -= (mean[input] as number) * (kernel[index] as number);
    }
  });
}

export function unfoldInputs(dense: DenseWeights, { mean, scale }: Scaling): void {
  rewrite(dense, (kernel, bias, units) => {
    for (let index = 0; index < kernel.length; index++) {
      const input = Math.floor(index / units);
      bias[index % units]! += (mean[input] as number) * (kernel[index] as number);
      kernel[index] = (kernel[index] as number) * (scale[input] as number);
    }
  });
}

/** Rewrites a Dense layer that answers in standardised units into one that answers in the target's own. */
export function foldOutputs(dense: DenseWeights, { mean, scale }: Scaling): void {
  rewrite(dense, (kernel, bias, units) => {
    for (let index = 0; index < kernel.length; index++) kernel[index]! *= scale[index % units] as number;
    for (let unit = 0; unit < units; unit++)
      bias[unit] = (bias[unit] as number) * (scale[unit] as number) + (mean[unit] as number);
  });
}

export function unfoldOutputs(dense: DenseWeights, { mean, scale }: Scaling): void {
  rewrite(dense, (kernel, bias, units) => {
    for (let index = 0; index < kernel.length; index++) kernel[index]! /= scale[index % units] as number;
    for (let unit = 0; unit < units; unit++)
      bias[unit] = ((bias[unit] as number) - (mean[unit] as number)) / (scale[unit] as number);
  });
}

/** In double precision, and rounded once. */
function rewrite(
  dense: DenseWeights,
  change: (kernel: Float64Array, bias: Float64Array, units: number) => void,
): void {
  const kernel = Float64Array.from(dense.kernel.read().dataSync());
  const bias = Float64Array.from(dense.bias.read().dataSync());
  change(kernel, bias, bias.length);
  tf.tidy(() => {
    dense.kernel.write(tf.tensor(Float32Array.from(kernel), dense.kernel.read().shape));
    dense.bias.write(tf.tensor(Float32Array.from(bias), dense.bias.read().shape));
  });
}
