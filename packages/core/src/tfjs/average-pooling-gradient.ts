import * as tf from '@tensorflow/tfjs-core';
import { correctKernel } from './kernel-registry.js';

interface Pooling {
  readonly filterSize: number | [number, number];
  readonly strides: number | [number, number];
  readonly pad: Parameters<typeof tf.backend_util.computePool2DInfo>[4];
}
interface Pooling3D {
  readonly filterSize: number | [number, number, number];
  readonly strides: number | [number, number, number];
  readonly pad: Parameters<typeof tf.backend_util.computePool3DInfo>[4];
  readonly dimRoundingMode?: Parameters<typeof tf.backend_util.computePool3DInfo>[5];
}

/**
 * Fault in 4.22.0, cpu and wasm (`AvgPoolGrad`, `AvgPool3DGrad`): the forward pass divides by the number of pixels
 * that a window really holds, the gradient by the window's size, so that border pixels get too little.
 *
 * Corrected by scaling the output's gradient by window size / pixels held before the stock kernel divides.
 */
export function correctAveragePoolingGradients(backendName: string): void {
  correctKernel(backendName, tf.AvgPoolGrad, (stock) => (call) => {
    const { filterSize, strides, pad } = call.attrs as unknown as Pooling;
    const shape = call.inputs.input?.shape as [number, number, number, number];
    const info = tf.backend_util.computePool2DInfo(shape, filterSize, strides, 1, pad);
    return scaled(stock, call, [
      windowShares(info.filterHeight, info.strideHeight, info.padInfo.top, info.inHeight, info.outHeight),
      windowShares(info.filterWidth, info.strideWidth, info.padInfo.left, info.inWidth, info.outWidth),
    ]);
  });
  correctKernel(backendName, tf.AvgPool3DGrad, (stock) => (call) => {
    const { filterSize, strides, pad, dimRoundingMode } = call.attrs as unknown as Pooling3D;
    const shape = call.inputs.input?.shape as [number, number, number, number, number];
    const info = tf.backend_util.computePool3DInfo(shape, filterSize, strides, 1, pad, dimRoundingMode);
    return scaled(stock, call, [
      windowShares(info.filterDepth, info.strideDepth, info.padInfo.front, info.inDepth, info.outDepth),
      windowShares(info.filterHeight, info.strideHeight, info.padInfo.top, info.inHeight, info.outHeight),
      windowShares(info.filterWidth, info.strideWidth, info.padInfo.left, info.inWidth, info.outWidth),
    ]);
  });
}

/** Window size / pixels that the window holds, for each output position along one axis. */
function windowShares(
  window: number,
  stride: number,
  before: number,
  inputSize: number,
  outputSize: number,
): number[] {
  return Array.from({ length: outputSize }, (_, position) => {
    const start = position * stride - before;
    return window / (Math.min(inputSize, start + window) - Math.max(0, start));
  });
}

function scaled(
  stock: tf.KernelFunc,
  call: Parameters<tf.KernelFunc>[0],
  axes: number[][],
): ReturnType<tf.KernelFunc> {
  if (axes.every((shares) => shares.every((share) => share === 1))) return stock(call);
  const shares = axes.reduce((all, axis) => all.flatMap((share) => axis.map((other) => share * other)), [1]);
  const slopes = tf.tidy(() =>
    // [b, ..positions, c] * [..positions, 1]
    tf.mul(call.inputs.dy as tf.Tensor, tf.tensor(shares, [...axes.map((axis) => axis.length), 1])),
  );
  const result = stock({ ...call, inputs: { ...call.inputs, dy: slopes } });
  slopes.dispose();
  return result;
}
