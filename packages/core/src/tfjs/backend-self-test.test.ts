import * as tf from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import {
  backendSelfTest,
  selfTestExpected,
  selfTestLearningRate,
  selfTestStart,
} from './backend-self-test.js';
import { prepareBackend } from './prepare-backend.js';
import { backendsUnderTest } from './testing/backends.js';
import { referenceStep } from './testing/self-test-reference.js';

const backends = await backendsUnderTest();

test('the known numbers are those of plain loops in float64', () => {
  const reference = referenceStep(selfTestStart, selfTestLearningRate);
  expect(reference).toHaveLength(selfTestExpected.length);
  reference.forEach((value, i) => {
    expect(value).toBeCloseTo(selfTestExpected[i] ?? Number.NaN, 7);
  });
});

// Before the backends are prepared below.
test.each(['cpu', 'wasm'])('stock %s fails', async (backend) => {
  await tf.setBackend(backend);
  const { passed, detail } = await backendSelfTest();
  expect(passed).toBe(false);
  expect(detail).toMatch(/^Expected a training step/);
});

for (const { name: backend, skipped } of backends) {
  if (skipped !== null) {
    test.skip(`self-test on ${backend}: ${skipped}`);
    continue;
  }
  test(`prepared ${backend} passes and leaves no tensor`, async () => {
    await tf.setBackend(backend);
    prepareBackend(backend);
    const before = tf.memory().numTensors;
    const { passed, detail } = await backendSelfTest();
    expect(detail).toMatch(/^One training step is exact/);
    expect(passed).toBe(true);
    expect(tf.memory().numTensors).toBe(before);
  });
}
