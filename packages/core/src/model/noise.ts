import * as tf from '@tensorflow/tfjs-core';
import type { Layer } from './layer-graph.js';

/** A random transformation of a layer's input, decided by a seed. */
export type Noise = (input: tf.Tensor, seed: number) => tf.Tensor;

/**
 * The random part of a layer, or null where it has none. TensorFlow.js draws these from `Math.random`, or, with
 * a seed, the same mask at every step.
 *
 * @example
 * noiseOf(dropoutLayer)?.(activations, 42);
 */
export function noiseOf(layer: Layer): Noise | null {
  const {
    rate = 0,
    stddev = 0,
    noiseShape,
  } = layer as { rate?: number; stddev?: number; noiseShape?: (number | null)[] };
  switch (layer.getClassName()) {
    case 'Dropout':
      return (input, seed) =>
        tf.dropout(
          input,
          rate,
          noiseShape?.map((n, axis) => n ?? (input.shape[axis] as number)),
          seed,
        );
    case 'GaussianNoise':
      return (input, seed) => tf.add(input, tf.randomNormal(input.shape, 0, stddev, 'float32', seed));
    case 'GaussianDropout':
      return (input, seed) =>
        rate === 0
          ? input.clone()
          : tf.mul(input, tf.randomNormal(input.shape, 1, Math.sqrt(rate / (1 - rate)), 'float32', seed));
    case 'AlphaDropout':
      return (input, seed) => (rate === 0 ? input.clone() : alphaDropout(input, rate, seed));
    default:
      return null;
  }
}

/**
 * Dropout that keeps mean and variance of self-normalising networks (Klambauer et al. 2017, arXiv:1706.02515):
 * dropped units become -alpha * scale of SELU, then the result is scaled and shifted back.
 */
function alphaDropout(input: tf.Tensor, rate: number, seed: number): tf.Tensor {
  const dropped = -1.7580993408473766;
  const kept = tf.cast(
    tf.greaterEqual(tf.randomUniform(input.shape, 0, 1, 'float32', seed), rate),
    'float32',
  );
  const gain = 1 / Math.sqrt((1 - rate) * (1 + rate * dropped ** 2));
  const shift = -gain * dropped * rate;
  const mixed = tf.add(tf.mul(input, kept), tf.mul(tf.sub(1, kept), dropped));
  return tf.add(tf.mul(mixed, gain), shift);
}
