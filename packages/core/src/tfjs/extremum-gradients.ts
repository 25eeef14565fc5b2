import * as tf from '@tensorflow/tfjs-core';
import { correctGradient } from './kernel-registry.js';
import { sumToShape } from './sum-to-shape.js';

/**
 * Fault in 4.22.0, every backend: the gradients of `Maximum` and `Minimum` forget to sum over the axes along which an
 * input was broadcast, and are refused for their shape.
 */
export function correctExtremumGradients(): void {
  for (const kernelName of [tf.Maximum, tf.Minimum]) {
    correctGradient(kernelName, (stock) => (dy, saved, attrs) => {
      const gradients = stock.gradFunc(dy, saved, attrs);
      const [a, b] = saved as [tf.Tensor, tf.Tensor];
      return {
        a: () => sumToShape(gradients.a?.() as tf.Tensor, a.shape),
        b: () => sumToShape(gradients.b?.() as tf.Tensor, b.shape),
      };
    });
  }
}
