import * as tf from '@tensorflow/tfjs-core';
import { supplyGradient } from './kernel-registry.js';

/**
 * Gradients that 4.22.0 lacks on every backend, so that nothing below the layer can be trained ("gradient function
 * not found"): of the comparisons in `Masking` and `ThresholdedReLU`, and of the convolution in `Conv3DTranspose`.
 */
export function supplyMissingGradients(): void {
  // A comparison is constant almost everywhere. Stock TensorFlow.js says the same of GreaterEqual.
  for (const kernelName of [tf.NotEqual, tf.Greater]) {
    supplyGradient({
      kernelName,
      inputsToSave: ['a', 'b'],
      gradFunc: (_, [a, b]) => ({
        a: () => tf.zeros((a as tf.Tensor).shape),
        b: () => tf.zeros((b as tf.Tensor).shape),
      }),
    });
  }
  supplyGradient({
    kernelName: tf.Any,
    inputsToSave: ['x'],
    gradFunc: (_, [x]) => ({ x: () => tf.zeros((x as tf.Tensor).shape) }),
  });
  // The transposed convolution is the input's gradient of a convolution: its own gradients are that convolution and
  // the kernel's gradient with the two sides exchanged.
  supplyGradient({
    kernelName: tf.Conv3DBackpropInputV2,
    inputsToSave: ['dy', 'filter'],
    gradFunc: (slopes, saved, attrs) => {
      const [dy, filter] = saved as [tf.Tensor5D, tf.Tensor5D];
      const { strides, pad } = attrs as unknown as {
        strides: [number, number, number];
        pad: 'valid' | 'same';
      };
      const x = slopes as tf.Tensor5D;
      return {
        dy: () => tf.conv3d(x, filter, strides, pad),
        filter: () =>
          tf
            .engine()
            .runKernel(
              tf.Conv3DBackpropFilterV2,
              { x, dy },
              { strides, pad, filterShape: filter.shape },
            ) as tf.Tensor,
      };
    },
  });
}
