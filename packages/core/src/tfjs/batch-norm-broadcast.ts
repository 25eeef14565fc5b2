import * as tf from '@tensorflow/tfjs-core';
import { composedKernel, correctGradient, correctKernel } from './kernel-registry.js';
import { sumToShape } from './sum-to-shape.js';

interface Inputs {
  readonly x: tf.Tensor;
  readonly mean: tf.Tensor;
  readonly variance: tf.Tensor;
  readonly scale?: tf.Tensor | null;
  readonly offset?: tf.Tensor | null;
}

/**
 * Fault in 4.22.0, cpu and wasm (`FusedBatchNorm`): mean, variance, scale and offset are repeated along the last axis
 * whatever their shape, so that `BatchNormalization` along another axis (`axis: 1`, channels first) predicts nonsense.
 */
export function correctBatchNormForward(backendName: string): void {
  const broadcasting = composedKernel(
    ({ x, mean, variance, scale, offset }: Inputs, { varianceEpsilon }: { varianceEpsilon: number }) => {
      const inverse = tf.rsqrt(tf.add(variance, varianceEpsilon));
      const slope = scale ? tf.mul(scale, inverse) : inverse;
      const centered = tf.mul(tf.sub(x, mean), slope);
      return offset ? tf.add(centered, offset) : centered;
    },
  );
  correctKernel(backendName, tf.FusedBatchNorm, (stock) => (call) => {
    const x = call.inputs.x?.shape ?? [];
    const mean = call.inputs.mean?.shape ?? [];
    const size = tf.util.sizeFromShape(mean);
    const alongLast = size === x.at(-1) && size === mean.at(-1);
    return alongLast || size === tf.util.sizeFromShape(x) ? stock(call) : broadcasting(call);
  });
}

/**
 * Fault in 4.22.0, every backend: the gradient of `FusedBatchNorm` forgets to sum where mean, variance, scale and
 * offset have rank 4 and were broadcast, and is refused for its shape. `BatchNormalization` along any axis but the
 * last runs into it. Along the last it is right, but repeats the scale with the slow `Tile`.
 *
 * With n = (x - mean) r, r = 1 / sqrt(variance + epsilon) and y = n scale + offset:
 * dx = dy scale r; dmean = -sum(dy) scale r; dvariance = -sum(dy (x - mean)) scale r^3 / 2;
 * dscale = sum(dy (x - mean)) r; doffset = sum(dy).
 */
export function correctBatchNormGradient(): void {
  correctGradient(tf.FusedBatchNorm, () => (slopes, saved, attrs) => {
    const dy = slopes as tf.Tensor;
    const [x, mean, variance, scale] = saved as [tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor];
    const inverse = tf.rsqrt(tf.add(variance, attrs.varianceEpsilon as number));
    const slope = tf.mul(scale, inverse);
    const total = () => sumToShape(dy, mean.shape);
    const spread = () => sumToShape(tf.mul(dy, tf.sub(x, mean)), mean.shape);
    return {
      x: () => tf.mul(dy, slope),
      mean: () => tf.neg(tf.mul(total(), slope)),
      variance: () => tf.mul(spread(), tf.mul(slope, tf.mul(tf.square(inverse), -0.5))),
      scale: () => tf.mul(spread(), inverse),
      offset: () => total(),
    };
  });
}
