import type * as tf from '@tensorflow/tfjs-core';
import { splitWeights } from '../model/stored-weights.js';
import { sha256 } from './hash.js';

/**
 * One SHA-256 for all weights of a saved model: over name, dtype, shape and stored bytes of each, in model order.
 * Each of the three texts ends with a zero byte; the shape is written as `3,3,64,128`.
 */
export async function weightsHash(artifacts: tf.io.ModelArtifacts): Promise<string> {
  const text = new TextEncoder();
  const parts = splitWeights(artifacts).flatMap(({ spec, bytes }) => {
    const dtype = spec.quantization?.dtype ?? spec.dtype;
    return [text.encode(`${spec.name}\0${dtype}\0${spec.shape.join(',')}\0`), bytes];
  });
  return sha256(...parts);
}

/**
 * One SHA-256 for everything that model.json says but the weights: topology and metadata, as compact JSON in the
 * order of the file.
 */
export async function topologyHash({
  modelTopology,
  userDefinedMetadata,
}: tf.io.ModelArtifacts): Promise<string> {
  return sha256(new TextEncoder().encode(JSON.stringify([modelTopology, userDefinedMetadata ?? null])));
}
