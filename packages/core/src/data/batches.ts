import * as tf from '@tensorflow/tfjs-core';
import { GraftError } from '../errors.js';
import type { Dataset } from './dataset.js';

/** How many batches are being decoded while one is used: enough to hide decoding, little enough to stay small. */
const batchesAhead = 2;

export interface Batch {
  /** Positions in the dataset. */
  readonly indices: readonly number[];
  /** [batch, ...input shape]; the receiver disposes it. */
  readonly inputs: tf.Tensor;
}

/**
 * Inputs of a dataset in the given order, stacked batch by batch. The next batches are decoded while the
 * present one is in use; memory holds a few batches, never the dataset.
 *
 * @param shape of one example; every input must have it (unknown dimensions match any)
 * @throws GraftError `data/wrong-shape`, and whatever a dataset's `input` throws
 *
 * @example
 * for await (const { inputs } of batchesOf(dataset, order, 32, [224, 224, 3])) inputs.dispose();
 */
export async function* batchesOf(
  dataset: Dataset,
  order: readonly number[],
  batchSize: number,
  shape: readonly (number | null)[],
  signal?: AbortSignal,
): AsyncGenerator<Batch, void, void> {
  const pending: { indices: readonly number[]; inputs: Promise<tf.Tensor> }[] = [];
  let next = 0;
  const startOne = () => {
    const indices = order.slice(next, next + batchSize);
    next += batchSize;
    const inputs = loadBatch(dataset, indices, shape);
    inputs.catch(() => {}); // it is awaited, and thrown, in its turn
    pending.push({ indices, inputs });
  };
  try {
    while (next < order.length || pending.length > 0) {
      signal?.throwIfAborted();
      while (next < order.length && pending.length <= batchesAhead) startOne();
      const batch = pending.shift();
      if (batch) yield { indices: batch.indices, inputs: await batch.inputs };
    }
  } finally {
    for (const { inputs } of pending) inputs.then((tensor) => tensor.dispose()).catch(() => {});
  }
}

async function loadBatch(
  dataset: Dataset,
  indices: readonly number[],
  shape: readonly (number | null)[],
): Promise<tf.Tensor> {
  if (dataset.batch) return dataset.batch(indices);
  const loaded = await Promise.allSettled(indices.map(async (index) => dataset.input(index)));
  const tensors = loaded.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
  try {
    for (const result of loaded) if (result.status === 'rejected') throw result.reason;
    for (const tensor of tensors) checkShape(tensor, shape);
    return tf.stack(tensors);
  } finally {
    tf.dispose(tensors);
  }
}

function checkShape(tensor: tf.Tensor, shape: readonly (number | null)[]): void {
  const fits =
    tensor.rank === shape.length && shape.every((n, axis) => n === null || n === tensor.shape[axis]);
  if (fits) return;
  throw new GraftError(
    'data/wrong-shape',
    `Expected inputs of shape [${shape.join(', ')}], as the model takes them. Received [${tensor.shape.join(', ')}].`,
  );
}
