import { expect, test } from 'vitest';
import { untrainableReason } from './untrainable.js';

test('refuses what no correction reaches, with an alternative', () => {
  for (const className of ['CenterCrop', 'CategoryEncoding', 'RandomWidth']) {
    expect(untrainableReason(className, {})?.alternative).toBeTruthy();
  }
});

test('refuses DepthwiseConv2D only when dilated', () => {
  expect(untrainableReason('DepthwiseConv2D', { dilationRate: [2, 2] })?.reason).toMatch(/dilation/);
  expect(untrainableReason('DepthwiseConv2D', { dilationRate: 2 })).not.toBeNull();
  expect(untrainableReason('DepthwiseConv2D', { dilationRate: [1, 1] })).toBeNull();
  expect(untrainableReason('DepthwiseConv2D', {})).toBeNull();
});

test('says nothing against layers that train, nor of foreign classes', () => {
  expect(untrainableReason('Conv2D', { dilationRate: [2, 2] })).toBeNull();
  expect(untrainableReason('MyLayer', {})).toBeNull();
});
