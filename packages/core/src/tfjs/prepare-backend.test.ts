import '@tensorflow/tfjs-backend-cpu';
import '@tensorflow/tfjs-backend-wasm';
import * as tf from '@tensorflow/tfjs-core';
import { afterEach, expect, test, vi } from 'vitest';
import { backendSelfTest } from './backend-self-test.js';
import { prepareBackend } from './prepare-backend.js';

afterEach(() => vi.restoreAllMocks());

function registered(backend: string): unknown[] {
  const gradients = [tf.Conv2D, tf.Maximum, tf.Any, tf.FusedBatchNorm].map((name) => tf.getGradient(name));
  return [...tf.getKernelsForBackend(backend), ...gradients];
}

test.each([
  { backend: 'wasm', prepared: 'before' },
  { backend: 'cpu', prepared: 'after' },
])(
  '$backend prepared $prepared it starts passes the self-test; again changes nothing, and says nothing',
  async (order) => {
    const { backend, prepared } = order;
    const stock = registered(backend);
    if (prepared === 'before') prepareBackend(backend);
    await tf.setBackend(backend);
    const warn = vi.spyOn(console, 'warn');
    prepareBackend(backend);
    const once = registered(backend);
    expect(once.some((entry) => !stock.includes(entry))).toBe(true);
    prepareBackend(backend);
    const twice = registered(backend);
    expect(twice).toHaveLength(once.length);
    expect(twice.every((entry) => once.includes(entry))).toBe(true);
    expect(await backendSelfTest()).toMatchObject({ passed: true });
    expect(warn).not.toHaveBeenCalledWith(expect.stringContaining('already registered'));
  },
);

test('a backend that is not there gets no kernels', () => {
  prepareBackend('webgpu');
  expect(tf.getKernelsForBackend('webgpu')).toEqual([]);
});
