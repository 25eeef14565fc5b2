import * as tf from '@tensorflow/tfjs-core';

/** Undoes a broadcast in a gradient: sums over the axes along which `shape` was repeated. */
export function sumToShape(gradient: tf.Tensor, shape: number[]): tf.Tensor {
  const axes = tf.broadcast_util.getReductionAxes(shape, gradient.shape);
  return axes.length === 0 ? gradient : tf.reshape(tf.sum(gradient, axes), shape);
}
