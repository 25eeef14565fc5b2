import * as tf from '@tensorflow/tfjs-core';
import { randomStream } from '../random.js';
import type { PretrainedModel } from './pretrained-model.js';
import { bytesOf, type StoredWeight, weightsOf } from './stored-weights.js';

/**
 * Forgets what a model has learned: every weight gets the value that it would have before any training. What
 * the pretraining is worth shows in a comparison with this.
 *
 * Kernels are He-uniform (He et al. 2015, arXiv:1502.01852: within +-sqrt(6 / inputs)), biases and means 0,
 * gains and variances 1.
 *
 * @param pretrained is changed, and returned
 *
 * @example
 * const blank = randomizeWeights(await loadPretrained(source), 1);
 */
export function randomizeWeights(pretrained: PretrainedModel, seed: number): PretrainedModel {
  const stored = new Map<string, StoredWeight[]>();
  for (const { name, layer, weight } of weightsOf(pretrained.graph)) {
    const value = tf.tidy(() =>
      tf.tensor(firstValues(name, weight.shape as number[], seed), weight.shape as number[]),
    );
    weight.write(value);
    const spec = { name, shape: value.shape, dtype: 'float32' as const };
    stored.set(layer, [...(stored.get(layer) ?? []), { spec, bytes: bytesOf(value) }]);
    value.dispose();
  }
  return { ...pretrained, name: `${pretrained.name} from scratch`, stored };
}

function firstValues(name: string, shape: readonly number[], seed: number): Float32Array {
  const size = shape.reduce((product, n) => product * n, 1);
  if (/(gamma|moving_variance)$/.test(name)) return new Float32Array(size).fill(1);
  if (shape.length < 2) return new Float32Array(size);
  const random = randomStream(seed, 'first values', name);
  // The last axis counts outputs; a depthwise kernel [h, w, channels, multiplier] has h * w inputs for each.
  const inputs = /depthwise_kernel$/.test(name)
    ? (shape[0] as number) * (shape[1] as number)
    : size / (shape.at(-1) as number);
  const limit = Math.sqrt(6 / inputs);
  return Float32Array.from({ length: size }, () => (2 * random() - 1) * limit);
}
