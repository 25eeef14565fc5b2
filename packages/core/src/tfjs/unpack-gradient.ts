import * as tf from '@tensorflow/tfjs-core';
import { correctGradient } from './kernel-registry.js';

/**
 * Fault in 4.22.0, every backend: the gradient of `Unpack` expects a list and is handed a single tensor where the
 * axis has length 1, so that a recurrent layer over sequences of one step can't be trained ("Argument tensors passed
 * to stack must be a `Tensor[]`").
 */
export function correctUnpackGradient(): void {
  correctGradient(
    tf.Unpack,
    (stock) => (slopes, saved, attrs) => stock.gradFunc([slopes].flat() as never, saved, attrs),
  );
}
