import * as tf from '@tensorflow/tfjs-core';

/*
 * Moves along one axis, by slices and pads of rank 3 at most with long runs: StridedSlice, Tile and slices of
 * higher rank are the slow kernels of the wasm backend.
 */

/** Every `stride`-th of `stride * count` entries from `start` on: [.., n, ..] -> [.., count, ..]. */
export function takeEvery(
  x: tf.Tensor,
  axis: number,
  start: number,
  count: number,
  stride: number,
): tf.Tensor {
  const { outer, length, inner } = around(x.shape, axis);
  if (start === 0 && stride === 1 && count === length) return x;
  const run = tf.slice(tf.reshape(x, [outer, length, inner]), [0, start, 0], [outer, stride * count, inner]);
  const kept =
    stride === 1
      ? run
      : tf.slice(tf.reshape(run, [outer * count, stride * inner]), [0, 0], [outer * count, inner]);
  return tf.reshape(kept, withLength(x.shape, axis, count));
}

/** Follows each entry by `stride - 1` zeros: [.., n, ..] -> [.., n * stride, ..]. */
export function spreadOut(x: tf.Tensor, axis: number, stride: number): tf.Tensor {
  if (stride === 1) return x;
  const { outer, length, inner } = around(x.shape, axis);
  const entries: tf.Tensor2D = tf.reshape(x, [outer * length, inner]);
  const padded = tf.pad(entries, [
    [0, 0],
    [0, (stride - 1) * inner],
  ]);
  return tf.reshape(padded, withLength(x.shape, axis, length * stride));
}

/** Shifts by `offset` (negative: crops the front) and cuts or fills with zeros: result[i] = x[i - offset], i < size. */
export function shiftInto(x: tf.Tensor, axis: number, offset: number, size: number): tf.Tensor {
  const { outer, length, inner } = around(x.shape, axis);
  if (offset === 0 && size === length) return x;
  const from = Math.min(length, Math.max(0, -offset));
  const to = Math.max(from, Math.min(length, size - offset));
  if (from === to) return tf.zeros(withLength(x.shape, axis, size));
  const kept = takeEvery(x, axis, from, to - from, 1);
  const before = Math.max(0, offset);
  const flat: tf.Tensor3D = tf.reshape(kept, [outer, to - from, inner]);
  return tf.reshape(
    tf.pad(flat, [
      [0, 0],
      [before, size - before - (to - from)],
      [0, 0],
    ]),
    withLength(x.shape, axis, size),
  );
}

function around(shape: readonly number[], axis: number): { outer: number; length: number; inner: number } {
  return {
    outer: tf.util.sizeFromShape(shape.slice(0, axis)),
    length: shape[axis] ?? 1,
    inner: tf.util.sizeFromShape(shape.slice(axis + 1)),
  };
}

function withLength(shape: readonly number[], axis: number, length: number): number[] {
  return shape.map((size, i) => (i === axis ? length : size));
}
