import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-layers';
import { expect, test } from 'vitest';
import { correctUnpackGradient } from './unpack-gradient.js';

const gradientThroughOne = () =>
  tf.grad((x) => tf.square(tf.unstack(x, 1)[0] as tf.Tensor))(tf.tensor2d([[3], [4]]));

test('canary: stock TensorFlow.js refuses the gradient along an axis of length 1; ours is right', async () => {
  await tf.setBackend('cpu');
  expect(gradientThroughOne).toThrow(/stack/);
  correctUnpackGradient();
  expect(Array.from(gradientThroughOne().dataSync())).toEqual([6, 8]);
  const two = tf.grad((x) => tf.mul(tf.unstack(x, 1)[1] as tf.Tensor, 2))(
    tf.tensor2d([
      [3, 1],
      [4, 1],
    ]),
  );
  expect(Array.from(two.dataSync())).toEqual([0, 2, 0, 2]);
});
