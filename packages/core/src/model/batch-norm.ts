import * as tf from '@tensorflow/tfjs-core';
import type { Layer } from './layer-graph.js';
import type { LayerWeight } from './stored-weights.js';

interface BatchNorm {
  readonly axis: number;
  readonly momentum: number;
  readonly epsilon: number;
  readonly gamma?: LayerWeight;
  readonly beta?: LayerWeight;
  readonly movingMean: LayerWeight;
  readonly movingVariance: LayerWeight;
}

/**
 * BatchNormalization in training mode: normalises by the batch's own mean and variance and moves the
 * statistics, `moving = moving * momentum + batch * (1 - momentum)`, with the biased variance, as Keras 3 does.
 * TensorFlow.js's own version throws without gamma or beta, and uses the unbiased variance.
 *
 * @param layer a built BatchNormalization layer; its statistics are written
 * @param input [batch, ..., channels] (or the axis that the layer names)
 * @returns a tensor of the same shape, the caller's to dispose
 *
 * @example
 * const normalised = normalizeByBatch(layer, activations);
 */
export function normalizeByBatch(layer: Layer, input: tf.Tensor): tf.Tensor {
  const norm = layer as unknown as BatchNorm;
  return tf.tidy(() => {
    const axis = norm.axis < 0 ? input.rank + norm.axis : norm.axis;
    const others = input.shape.map((_, index) => index).filter((index) => index !== axis);
    const broadcast = input.shape.map((n, index) => (index === axis ? n : 1));
    const { mean, variance } = tf.moments(input, others);
    move(norm.movingMean, mean, norm.momentum);
    move(norm.movingVariance, variance, norm.momentum);
    const scale = tf.rsqrt(tf.add(variance, norm.epsilon));
    const centred = tf.sub(input, tf.reshape(mean, broadcast));
    const gain = norm.gamma ? tf.mul(scale, norm.gamma.read()) : scale;
    const scaled = tf.mul(centred, tf.reshape(gain, broadcast));
    return norm.beta ? tf.add(scaled, tf.reshape(norm.beta.read(), broadcast)) : scaled;
  });
}

function move(moving: LayerWeight, batch: tf.Tensor, momentum: number): void {
  moving.write(tf.add(tf.mul(moving.read(), momentum), tf.mul(batch, 1 - momentum)));
}
