import * as tf from '@tensorflow/tfjs-core';
import type { Dataset, Target } from '../data/dataset.js';
import type { Rows } from './forward.js';

/** Examples whose inputs lie in memory as one block of rows; batches are gathered without a tensor an example. */
export interface FeatureDataset extends Dataset {
  readonly rows: Rows;
  /** [indices.length, ...shape], the caller's to dispose. */
  batch(indices: readonly number[]): tf.Tensor;
}

/**
 * Makes rows of features a Dataset again, with the targets of the examples that they came from.
 *
 * @example
 * const features = featureDataset(await forward(passage, photos, options), photos);
 */
export function featureDataset(rows: Rows, examples: Pick<Dataset, 'size' | 'target'>): FeatureDataset {
  const width = rows.values.length / examples.size;
  const row = (index: number) => rows.values.subarray(index * width, (index + 1) * width);
  return {
    rows,
    size: examples.size,
    target: (index): Target => examples.target(index),
    input: (index) => tf.tensor(row(index).slice(), [...rows.shape]),
    batch: (indices) => {
      const block = new Float32Array(indices.length * width);
      indices.forEach((index, position) => {
        block.set(row(index), position * width);
      });
      return tf.tensor(block, [indices.length, ...rows.shape]);
    },
  };
}
