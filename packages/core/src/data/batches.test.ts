import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, beforeEach, expect, test } from 'vitest';
import { batchesOf } from './batches.js';
import { type Dataset, indicesOf } from './dataset.js';

let tensors: number;
beforeAll(() => tf.setBackend('cpu'));
beforeEach(() => {
  tensors = tf.memory().numTensors;
});

/** Examples that hold their own number and come when they are let go; `asked` counts what was begun. */
function slowDataset(size: number) {
  const held = new Map<number, () => void>();
  let asked = 0;
  const dataset: Dataset = {
    size,
    target: () => 0,
    input: async (index) => {
      asked++;
      await new Promise<void>((resolve) => held.set(index, resolve));
      return tf.tensor1d([index]);
    },
  };
  const release = () => {
    for (const resolve of held.values()) resolve();
    held.clear();
  };
  return { dataset, release, held, asked: () => asked };
}

const turn = () => new Promise((resolve) => setTimeout(resolve, 0));

test('batches in order, with a few inputs on their way at once', async () => {
  const { dataset, release, held } = slowDataset(11);
  const most: number[] = [];
  const timer = setInterval(() => {
    most.push(held.size);
    release();
  }, 1);
  const order = indicesOf(dataset).reverse();
  const values: number[][] = [];
  for await (const { indices, inputs } of batchesOf(dataset, order, 3, [1])) {
    values.push(Array.from(inputs.dataSync()));
    expect(values.at(-1)).toEqual(indices);
    inputs.dispose();
  }
  clearInterval(timer);
  expect(values.flat()).toEqual(order);
  expect(Math.max(...most)).toBe(4);
  expect(tf.memory().numTensors).toBe(tensors);
});

test('an abort does not wait for an input, and no other is begun', async () => {
  const { dataset, release, asked } = slowDataset(20);
  const abort = new AbortController();
  const first = batchesOf(dataset, indicesOf(dataset), 5, [1], abort.signal).next();
  await turn();
  expect(asked()).toBe(4);
  abort.abort(new Error('enough'));
  await expect(first).rejects.toThrow('enough');
  release();
  await turn();
  expect(asked()).toBe(4);
  expect(tf.memory().numTensors).toBe(tensors);
});

test('an input that can not be read ends it, and leaves no tensor', async () => {
  const input = (index: number) => {
    if (index === 7) throw new Error('unreadable');
    return tf.tensor1d([index]);
  };
  const dataset: Dataset = { size: 20, target: () => 0, input };
  const read = async () => {
    for await (const { inputs } of batchesOf(dataset, indicesOf(dataset), 5, [1])) inputs.dispose();
  };
  await expect(read()).rejects.toThrow('unreadable');
  await turn();
  expect(tf.memory().numTensors).toBe(tensors);
});
