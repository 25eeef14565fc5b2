import '@tensorflow/tfjs-backend-cpu';
import '@tensorflow/tfjs-backend-wasm';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, test } from 'vitest';
import { layerCases } from './testing/layer-cases.js';
import { checkLayer } from './testing/layer-check.js';

/*
 * Canaries on stock TensorFlow.js: each test passes only while the fault is there. One that fails tells which of our
 * corrections can be deleted. `prepareBackend` must not be called in this file.
 */

interface Fault {
  readonly correction: string;
  readonly layer: string;
  readonly backends: readonly string[];
  /** Message of the error; without it the gradient is wrong in silence. */
  readonly throws?: RegExp;
}

const everywhere = ['cpu', 'wasm'];
const unregistered = /not registered for backend 'wasm'/;
const noGradient = /gradient function not found/;

const faults: readonly Fault[] = [
  {
    correction: 'average-pooling-gradient',
    layer: 'AveragePooling1D pool 3 stride 1 same',
    backends: everywhere,
  },
  {
    correction: 'average-pooling-gradient',
    layer: 'AveragePooling2D pool 3 stride 2 same',
    backends: everywhere,
  },
  {
    correction: 'average-pooling-gradient',
    layer: 'AveragePooling3D pool 3 stride 1 same',
    backends: everywhere,
  },
  { correction: 'resize-gradients (nearest)', layer: 'UpSampling2D nearest', backends: ['cpu'] },
  {
    correction: 'resize-gradients (bilinear)',
    layer: 'UpSampling2D bilinear',
    backends: ['cpu'],
    throws: /shape/,
  },
  { correction: 'max-pooling', layer: 'MaxPooling1D pool 2 stride 2 valid', backends: ['wasm'] },
  { correction: 'max-pooling', layer: 'MaxPooling2D pool 2 stride 2 valid', backends: ['wasm'] },
  { correction: 'max-pooling', layer: 'MaxPooling3D pool 2,2,3 stride 1,2,1 valid', backends: ['cpu'] },
  {
    correction: 'wasm-gradients',
    layer: 'Conv2D kernel 3 stride 1 same',
    backends: ['wasm'],
    throws: unregistered,
  },
  {
    correction: 'wasm-gradients',
    layer: 'DepthwiseConv2D kernel 3 stride 1 same',
    backends: ['wasm'],
    throws: unregistered,
  },
  { correction: 'wasm-gradients', layer: 'Embedding', backends: ['wasm'], throws: unregistered },
  { correction: 'wasm-gradients', layer: 'Conv3D kernel 3 stride 1 valid', backends: ['wasm'] },
  { correction: 'wasm-gradients', layer: 'Conv3D kernel 3 stride 2 same', backends: ['wasm'] },
  { correction: 'missing-gradients', layer: 'Masking', backends: everywhere, throws: noGradient },
  { correction: 'missing-gradients', layer: 'ThresholdedReLU', backends: everywhere, throws: noGradient },
  {
    correction: 'missing-gradients',
    layer: 'Conv3DTranspose kernel 3 stride 1 valid',
    backends: everywhere,
    throws: noGradient,
  },
  { correction: 'extremum-gradients', layer: 'Maximum broadcast', backends: everywhere, throws: /shape/ },
  { correction: 'extremum-gradients', layer: 'Minimum broadcast', backends: everywhere, throws: /shape/ },
  {
    correction: 'dilated-convolution-gradients',
    layer: 'Conv1D dilation 2 same',
    backends: everywhere,
    throws: /dilation rates greater than 1/,
  },
  {
    correction: 'dilated-convolution-gradients',
    layer: 'Conv2D dilation 2 same',
    backends: everywhere,
    throws: /dilation rates greater than 1/,
  },
  {
    correction: 'dilated-convolution-gradients',
    layer: 'Conv3D dilation 2 same',
    backends: everywhere,
    throws: /dilation rates greater than 1/,
  },
  {
    correction: 'normalization-without-scale',
    layer: 'BatchNormalization without scale training',
    backends: everywhere,
    throws: /undefined/,
  },
  {
    correction: 'normalization-without-scale',
    layer: 'BatchNormalization without center inference',
    backends: everywhere,
    throws: /undefined/,
  },
  {
    correction: 'normalization-without-scale',
    layer: 'LayerNormalization without scale and center',
    backends: everywhere,
    throws: /undefined/,
  },
  {
    correction: 'batch-norm-broadcast',
    layer: 'BatchNormalization axis 1 inference',
    backends: everywhere,
    throws: /must match the product of shape/,
  },
  {
    correction: 'chained-operations',
    layer: 'LSTM',
    backends: everywhere,
    throws: /flatten is not a function/,
  },
];

const onBackends = faults.flatMap((fault) => fault.backends.map((backend) => ({ ...fault, backend })));

test.each(onBackends)('$correction: gradient of $layer on $backend', async ({ layer, backend, throws }) => {
  await tf.setBackend(backend);
  const layerCase = layerCases.find(({ name }) => name === layer);
  if (layerCase === undefined) throw new Error(`Expected a layer case. Received "${layer}".`);
  if (throws === undefined) {
    expect(Math.max(...Object.values(checkLayer(layerCase).errors))).toBeGreaterThan(0.02);
  } else {
    expect(() => checkLayer(layerCase)).toThrow(throws);
  }
});

describe('forward passes', () => {
  test('max-pooling: MaxPool3D answers 0 where all is negative', async () => {
    const [value] = await valuesOn('wasm', () =>
      tf.maxPool3d(tf.fill([1, 2, 2, 2, 1], -3) as tf.Tensor5D, 2, 2, 'valid'),
    );
    expect(value).toBeCloseTo(0);
  });

  test('wasm-same-padding: a kernel smaller than its stride reads beyond the image', async () => {
    // Windows at rows and columns 0 and 3 of 6: each sum is four times the value at its middle.
    const ramp = () => tf.reshape(tf.range(0, 36), [1, 6, 6, 1]) as tf.Tensor4D;
    const sums = await valuesOn('wasm', () => tf.conv2d(ramp(), tf.ones([2, 2, 1, 1]), 3, 'same'));
    expect([...sums]).not.toEqual([14, 26, 86, 98]);
  });

  test.each(everywhere)('batch-norm-broadcast: axis 1 is not followed on %s', async (backend) => {
    // Subtracts 0 in the first row and 1 in the second.
    const rows = await valuesOn(backend, () =>
      tf.batchNorm4d(
        tf.fill([1, 2, 2, 1], 5) as tf.Tensor4D,
        tf.tensor4d([0, 1], [1, 2, 1, 1]),
        tf.ones<tf.Rank.R4>([1, 2, 1, 1]),
      ),
    );
    expect(rows[1]).not.toBeCloseTo(5, 1);
  });
});

async function valuesOn(backend: string, answer: () => tf.Tensor): Promise<Float32Array> {
  await tf.setBackend(backend);
  return tf.tidy(() => answer().dataSync() as Float32Array);
}
