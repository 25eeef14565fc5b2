import * as tf from '@tensorflow/tfjs-core';
import { GraftError } from '../errors.js';
import type { Dataset } from './dataset.js';
import { InputQueue } from './input-queue.js';

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
 * @throws GraftError `data/wrong-shape`, and whatever a dataset's `input` throws; the signal's reason once it is
 *   aborted, without waiting for what is being decoded
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
  const queue = new InputQueue(dataset);
  let next = 0;
  const startOne = () => {
    const indices = order.slice(next, next + batchSize);
    next += batchSize;
    const inputs = loadBatch(dataset, queue, indices, shape);
    inputs.catch(() => {}); // it is awaited, and thrown, in its turn
    pending.push({ indices, inputs });
  };
  try {
    while (next < order.length || pending.length > 0) {
      signal?.throwIfAborted();
      while (next < order.length && pending.length <= batchesAhead) startOne();
      const [batch] = pending;
      if (!batch) return;
      const inputs = await orAborted(batch.inputs, signal);
      pending.shift();
      yield { indices: batch.indices, inputs };
    }
  } finally {
    queue.close();
    for (const { inputs } of pending) inputs.then((tensor) => tensor.dispose()).catch(() => {});
  }
}

function orAborted<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return work;
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason);
    signal.addEventListener('abort', abort, { once: true });
    const forget = () => signal.removeEventListener('abort', abort);
    work.finally(forget).then(resolve, reject);
  });
}

async function loadBatch(
  dataset: Dataset,
  queue: InputQueue,
  indices: readonly number[],
  shape: readonly (number | null)[],
): Promise<tf.Tensor> {
  if (dataset.batch) return dataset.batch(indices);
  const loaded = await Promise.allSettled(indices.map((index) => queue.input(index)));
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
