import * as tf from '@tensorflow/tfjs-core';
import { shiftInto, spreadOut, takeEvery } from './axis-operations.js';

/** How a kernel moves along one spatial axis. `before` is the padding in front, in pixels. */
export interface SpatialAxis {
  readonly kernel: number;
  readonly stride: number;
  readonly dilation: number;
  readonly before: number;
  readonly inputSize: number;
  readonly outputSize: number;
}

/**
 * Gradient of a convolution with respect to its kernel, channels last, any number of spatial axes:
 * dW[k, i, o] = sum over batch and positions p of x[p * stride + k * dilation - before, i] * dy[p, o],
 * one matrix product for each kernel position k.
 * @param x [b, ..spatial, i]
 * @param dy [b, ..positions, o]
 * @returns [..kernel, i, o]
 */
export function kernelGradient(x: tf.Tensor, dy: tf.Tensor, axes: readonly SpatialAxis[]): tf.Tensor {
  const inputs = lastOf(x.shape);
  const outputs = lastOf(dy.shape);
  const positions = dy.size / outputs;
  // The product with the transposed factor on the left is the fast one on wasm: [o, p] x [p, i].
  const transposed: tf.Tensor2D = tf.transpose(tf.reshape(dy, [positions, outputs]));
  const products = windows(x, axes, (window) =>
    tf.matMul(transposed, tf.reshape(window, [positions, inputs])),
  );
  return tf.reshape(tf.transpose(tf.stack(products), [0, 2, 1]), [
    ...axes.map((axis) => axis.kernel),
    inputs,
    outputs,
  ]);
}

/**
 * Gradient of a depthwise convolution with respect to its kernel, channels last.
 * @param x [b, h, w, c]
 * @param dy [b, oh, ow, c * m], m = channel multiplier
 * @returns [kh, kw, c, m]
 */
export function depthwiseKernelGradient(
  x: tf.Tensor,
  dy: tf.Tensor,
  axes: readonly SpatialAxis[],
): tf.Tensor {
  const channels = lastOf(x.shape);
  const multiplier = lastOf(dy.shape) / channels;
  const positions = dy.size / lastOf(dy.shape);
  const slopes = tf.reshape(dy, [positions, channels, multiplier]);
  const sums = windows(x, axes, (window) =>
    tf.sum(tf.mul(tf.reshape(window, [positions, channels, 1]), slopes), 0),
  );
  return tf.reshape(tf.stack(sums), [...axes.map((axis) => axis.kernel), channels, multiplier]);
}

/**
 * The output's gradient laid out so that a convolution with the reversed kernel, padding `valid` and stride 1, gives
 * the input's gradient: stride zeros between the entries, and a margin as wide as the dilated kernel.
 * @param dy [b, ..positions, o]
 * @returns [b, ..spatial + (kernel - 1) * dilation, o]
 */
export function spreadForInputGradient(dy: tf.Tensor, axes: readonly SpatialAxis[]): tf.Tensor {
  return axes.reduce((spread, { kernel, stride, dilation, before, inputSize }, i) => {
    const reach = (kernel - 1) * dilation;
    return shiftInto(spreadOut(spread, i + 1, stride), i + 1, reach - before, inputSize + reach);
  }, dy);
}

/** Calls `use` with what each kernel position sees of x, in the order of the kernel's positions. */
function windows<Result extends tf.Tensor>(
  x: tf.Tensor,
  axes: readonly SpatialAxis[],
  use: (window: tf.Tensor) => Result,
): Result[] {
  const visit = (part: tf.Tensor, depth: number): Result[] => {
    const axis = axes[depth];
    if (axis === undefined) return [use(part)];
    const { kernel, stride, dilation, before, outputSize } = axis;
    const padded = shiftInto(part, depth + 1, before, (kernel - 1) * dilation + outputSize * stride);
    return Array.from({ length: kernel }, (_, k) =>
      tf.tidy(() => visit(takeEvery(padded, depth + 1, k * dilation, outputSize, stride), depth + 1)),
    ).flat();
  };
  return visit(x, 0);
}

function lastOf(shape: readonly number[]): number {
  return shape[shape.length - 1] ?? 1;
}
