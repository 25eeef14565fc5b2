import '@tensorflow/tfjs-backend-cpu';
import '@tensorflow/tfjs-backend-wasm';
import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { beforeAll, expect, test, vi } from 'vitest';
import { prepareBackend } from './prepare-backend.js';
import { seededRandom } from './testing/finite-differences.js';

/*
 * What we supply and correct on wasm against the cpu backend, on random shapes: values and gradients of operations,
 * with explicit padding too, which no layer of tfjs-layers uses.
 */

beforeAll(async () => {
  for (const backend of ['cpu', 'wasm']) {
    await tf.setBackend(backend);
    prepareBackend(backend);
  }
});

// Dozens of shapes in one test.
vi.setConfig({ testTimeout: 60_000 });

const runs = { numRuns: 60, seed: 5, endOnFailure: true };

/** A number as padding is for square kernels only. */
const onePixel: tf.backend_util.ExplicitPadding = [
  [0, 0],
  [1, 1],
  [1, 1],
  [0, 0],
];

const geometry = fc.record({
  batch: fc.integer({ min: 1, max: 3 }),
  height: fc.integer({ min: 3, max: 9 }),
  width: fc.integer({ min: 3, max: 9 }),
  kernel: fc.tuple(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 4 })),
  strides: fc.tuple(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 3 })),
  dilation: fc.integer({ min: 1, max: 2 }),
  channels: fc.integer({ min: 1, max: 4 }),
  outputs: fc.integer({ min: 1, max: 4 }),
  pad: fc.constantFrom<Padding[]>('valid', 'same', onePixel),
});

type Padding = 'valid' | 'same' | tf.backend_util.ExplicitPadding;
type Geometry = typeof geometry extends fc.Arbitrary<infer Value> ? Value : never;

/** Kernels larger than the image have no output, and TensorFlow.js takes strides or dilations, not both. */
function fits({ height, width, kernel, strides, dilation, pad }: Geometry): boolean {
  const reach = Math.max(...kernel) === 1 ? 1 : (Math.max(...kernel) - 1) * dilation + 1;
  return (
    reach <= Math.min(height, width) &&
    (dilation === 1 || Math.max(...strides) === 1) &&
    (pad !== onePixel || Math.min(...kernel) > 1)
  );
}
const fitting = geometry.filter(fits);

test('convolution', () =>
  fc.assert(
    fc.asyncProperty(fitting, ({ batch, height, width, kernel, strides, dilation, channels, outputs, pad }) =>
      sameOnBoth([batch, height, width, channels], [...kernel, channels, outputs], (x, filter) =>
        tf.conv2d(x as tf.Tensor4D, filter as tf.Tensor4D, strides, pad, 'NHWC', dilation, rounding(pad)),
      ),
    ),
    runs,
  ));

test('depthwise convolution', () =>
  fc.assert(
    fc.asyncProperty(fitting, ({ batch, height, width, kernel, strides, dilation, channels, outputs, pad }) =>
      sameOnBoth([batch, height, width, channels], [...kernel, channels, outputs], (x, filter) =>
        tf.depthwiseConv2d(
          x as tf.Tensor4D,
          filter as tf.Tensor4D,
          equal(strides),
          pad,
          'NHWC',
          dilation,
          rounding(pad),
        ),
      ),
    ),
    runs,
  ));

test('transposed convolution', () =>
  fc.assert(
    fc.asyncProperty(fitting, ({ batch, height, width, kernel, strides, channels, outputs }) =>
      sameOnBoth([batch, height, width, channels], [...kernel, outputs, channels], (x, filter) =>
        tf.conv2dTranspose(
          x as tf.Tensor4D,
          filter as tf.Tensor4D,
          [batch, height * strides[0], width * strides[1], outputs],
          strides,
          'same',
        ),
      ),
    ),
    runs,
  ));

test('convolution in three dimensions', () =>
  fc.assert(
    fc.asyncProperty(fitting, ({ batch, height, width, kernel, strides, channels, outputs, pad }) =>
      sameOnBoth([batch, 4, height, width, channels], [2, ...kernel, channels, outputs], (x, filter) =>
        tf.conv3d(
          x as tf.Tensor5D,
          filter as tf.Tensor5D,
          [1, ...strides],
          typeof pad === 'string' ? pad : 'same',
        ),
      ),
    ),
    { ...runs, numRuns: 30 },
  ));

test.each(['max', 'avg'] as const)('%s pooling', (mode) =>
  fc.assert(
    fc.asyncProperty(fitting, ({ batch, height, width, kernel, strides, channels, pad }) =>
      sameOnBoth([batch, height, width, channels], [1], (x, factor) => {
        const pooled = tf.pool(tf.sub(x, 1) as tf.Tensor4D, kernel, mode, pad, 1, strides, rounding(pad));
        return tf.mul(pooled, factor);
      }),
    ),
    runs,
  ),
);

test.each(['max', 'avg'] as const)('%s pooling in three dimensions', (mode) =>
  fc.assert(
    fc.asyncProperty(fitting, ({ batch, height, width, kernel, strides, channels, pad }) =>
      sameOnBoth([batch, 4, height, width, channels], [1], (x, factor) => {
        const pool = mode === 'max' ? tf.maxPool3d : tf.avgPool3d;
        const pooled = pool(
          tf.sub(x, 1) as tf.Tensor5D,
          [2, ...kernel],
          [1, ...strides],
          typeof pad === 'string' ? pad : 'same',
        );
        return tf.mul(pooled, factor);
      }),
    ),
    { ...runs, numRuns: 30 },
  ),
);

test('equal maxima give the gradient to the same pixel', () =>
  sameOnBoth([1, 4, 4, 2], [1], (x, factor) =>
    tf.mul(tf.maxPool(tf.mul(x, 0) as tf.Tensor4D, 2, 1, 'same'), factor),
  ));

test('segments: ids out of range count for nothing', async () => {
  await tf.setBackend('wasm');
  const sums = tf.tidy(() =>
    tf.unsortedSegmentSum(
      tf.tensor2d([1, 2, 3, 4, 5, 6, 7, 8], [4, 2]),
      tf.tensor1d([1, -1, 1, 5], 'int32'),
      3,
    ),
  );
  expect(sums.arraySync()).toEqual([
    [0, 0],
    [6, 8],
    [0, 0],
  ]);
  sums.dispose();
});

test('channels first is refused, not computed wrong', async () => {
  await tf.setBackend('wasm');
  const gradient = tf.grad((filter: tf.Tensor) =>
    tf.conv2d(tf.ones([1, 2, 5, 5]) as tf.Tensor4D, filter as tf.Tensor4D, 1, 'valid', 'NCHW'),
  );
  expect(() => tf.tidy(() => gradient(tf.ones([2, 2, 2, 3])))).toThrow();
});

/** Output and both gradients of a function of two tensors agree on cpu and wasm, and nothing is leaked. */
async function sameOnBoth(
  first: number[],
  second: number[],
  compute: (first: tf.Tensor, second: tf.Tensor) => tf.Tensor,
): Promise<void> {
  const results: Float32Array[][] = [];
  for (const backend of ['cpu', 'wasm']) {
    await tf.setBackend(backend);
    const before = tf.memory().numTensors;
    const random = seededRandom(first.length + second.length);
    const filled = (shape: number[]) =>
      tf.tensor(
        Float32Array.from({ length: tf.util.sizeFromShape(shape) }, () => random() * 2 - 1),
        shape,
      );
    results.push(
      tf.tidy(() => {
        const inputs = [filled(first), filled(second)];
        const { value, grads } = tf.valueAndGrads((a, b) =>
          tf.mul(compute(a as tf.Tensor, b as tf.Tensor), 1),
        )(inputs);
        return [value, ...grads].map((tensor) => tensor.dataSync() as Float32Array);
      }),
    );
    expect(tf.memory().numTensors).toBe(before);
  }
  const [cpu = [], wasm = []] = results;
  cpu.forEach((values, i) => {
    const largest = values.reduce((most, value) => Math.max(most, Math.abs(value)), 1);
    const furthest = values.reduce(
      (most, value, j) => Math.max(most, Math.abs(value - (wasm[i]?.[j] ?? Number.NaN))),
      0,
    );
    expect(furthest / largest, ['value', 'first gradient', 'second gradient'][i]).toBeLessThan(2e-5);
  });
}

function rounding(pad: Padding): 'floor' | undefined {
  return typeof pad !== 'string' ? 'floor' : undefined;
}

/** The cpu backend takes equal strides only where convolutions are depthwise. */
function equal([stride]: [number, number]): [number, number] {
  return [stride, stride];
}
