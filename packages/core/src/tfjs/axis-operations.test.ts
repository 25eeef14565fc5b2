import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { shiftInto, spreadOut, takeEvery } from './axis-operations.js';

beforeAll(async () => {
  await tf.setBackend('cpu');
  tf.engine().startScope();
});
afterAll(() => tf.engine().endScope());

/** [[[1, 2], [3, 4], [5, 6], [7, 8]]]: one row of four pixels, two channels. */
const row = () => tf.tensor([1, 2, 3, 4, 5, 6, 7, 8], [1, 4, 2]);

test('takeEvery takes each stride-th entry along an axis', () => {
  expect(takeEvery(row(), 1, 0, 2, 2).arraySync()).toEqual([
    [
      [1, 2],
      [5, 6],
    ],
  ]);
  expect(takeEvery(row(), 1, 1, 2, 1).arraySync()).toEqual([
    [
      [3, 4],
      [5, 6],
    ],
  ]);
  expect(takeEvery(row(), 2, 1, 1, 1).arraySync()).toEqual([[[2], [4], [6], [8]]]);
});

test('spreadOut puts stride - 1 zeros after each entry', () => {
  expect(spreadOut(tf.tensor([1, 2], [1, 2, 1]), 1, 3).arraySync()).toEqual([[[1], [0], [0], [2], [0], [0]]]);
});

test('shiftInto moves, cuts and fills', () => {
  const shifted = (offset: number, size: number) => [
    ...shiftInto(tf.tensor([1, 2, 3], [3]), 0, offset, size).dataSync(),
  ];
  expect(shifted(0, 3)).toEqual([1, 2, 3]);
  expect(shifted(1, 5)).toEqual([0, 1, 2, 3, 0]);
  expect(shifted(-1, 3)).toEqual([2, 3, 0]);
  expect(shifted(2, 3)).toEqual([0, 0, 1]);
  expect(shifted(-1, 1)).toEqual([2]);
  expect(shifted(5, 2)).toEqual([0, 0]);
  expect(shifted(-5, 2)).toEqual([0, 0]);
});
