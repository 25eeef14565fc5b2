import * as tf from '@tensorflow/tfjs-core';

type Method = (this: tf.Tensor, ...values: never[]) => tf.Tensor;

/**
 * Fault in 4.22.0: the `orthogonal` initializer of tfjs-layers, the default of every recurrent layer, and the gradient
 * of `GatherV2` in batches call methods of tensors that only the umbrella package `@tensorflow/tfjs` registers. With
 * tfjs-core and tfjs-layers alone, building or loading an LSTM throws "rMat.flatten is not a function".
 *
 * Supplies these methods where they are missing.
 */
export function supplyChainedOperations(): void {
  const methods: Record<string, Method> = {
    flatten() {
      return tf.reshape(this, [this.size]);
    },
    reshape(shape: number[]) {
      return tf.reshape(this, shape);
    },
    transpose(permutation?: number[]) {
      return tf.transpose(this, permutation);
    },
    sign() {
      return tf.sign(this);
    },
    stridedSlice(begin: number[], end: number[], strides: number[]) {
      return tf.stridedSlice(this, begin, end, strides);
    },
  };
  const prototype = tf.Tensor.prototype as unknown as Record<string, Method | undefined>;
  for (const [name, method] of Object.entries(methods)) prototype[name] ??= method;
}
