import { expect, test } from 'vitest';
import { untrainableReason } from './untrainable.js';

test('refuses what no correction reaches, with an alternative', () => {
  for (const className of ['CenterCrop', 'CategoryEncoding', 'RandomWidth']) {
    expect(untrainableReason(className, {}, 'wasm')?.alternative).toBeTruthy();
  }
});

test('refuses DepthwiseConv2D only when dilated', () => {
  expect(untrainableReason('DepthwiseConv2D', { dilationRate: [2, 2] }, 'cpu')?.reason).toMatch(/dilation/);
  expect(untrainableReason('DepthwiseConv2D', { dilationRate: 2 }, 'cpu')).not.toBeNull();
  expect(untrainableReason('DepthwiseConv2D', { dilationRate: [1, 1] }, 'cpu')).toBeNull();
  expect(untrainableReason('DepthwiseConv2D', {}, 'cpu')).toBeNull();
});

test('refuses per backend', () => {
  const dilated = { kernelSize: [3, 3, 3], strides: [1, 1, 1], dilationRate: [2, 2, 2] };
  expect(untrainableReason('Conv3D', dilated, 'tensorflow')).not.toBeNull();
  expect(untrainableReason('Conv3D', dilated, 'wasm')).toBeNull();
  const sparse = { kernelSize: [1, 1, 1], strides: [2, 2, 2], padding: 'same' };
  expect(untrainableReason('Conv3D', sparse, 'tensorflow')).toBeNull();
  expect(untrainableReason('Conv3D', sparse, 'wasm')).not.toBeNull();
  expect(untrainableReason('Conv3D', { ...sparse, padding: 'valid' }, 'wasm')).toBeNull();
});

test('says nothing against layers that train, nor of foreign classes', () => {
  expect(untrainableReason('Conv2D', { dilationRate: [2, 2] }, 'wasm')).toBeNull();
  expect(untrainableReason('MyLayer', {}, 'wasm')).toBeNull();
});
