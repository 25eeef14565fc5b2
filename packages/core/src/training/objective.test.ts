import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { beforeAll, describe, expect, test } from 'vitest';
import type { Task } from '../data/dataset.js';
import { readLayerGraph } from '../model/layer-graph.js';
import { objectiveFor } from './objective.js';

type Activation = 'softmax' | 'sigmoid' | 'linear' | 'relu';

beforeAll(() => tf.setBackend('cpu'));

/** A network that ends in `units` columns with this activation, inside the last layer or as a layer of its own. */
function network(units: number, activation: Activation, separate: boolean) {
  const input = tfl.input({ shape: [3] });
  const dense = tfl.layers
    .dense({ units, activation: separate ? 'linear' : activation })
    .apply(input) as tfl.SymbolicTensor;
  const outputs = separate
    ? (tfl.layers.activation({ activation }).apply(dense) as tfl.SymbolicTensor)
    : dense;
  return readLayerGraph(tfl.model({ inputs: input, outputs }));
}

const logits = [
  [2, -1, 0.5],
  [0, 0, 3],
];
const sigmoid = (z: number) => 1 / (1 + Math.exp(-z));
const softmax = (row: number[]) =>
  row.map((z) => Math.exp(z) / row.reduce((sum, other) => sum + Math.exp(other), 0));

/** Loss of each example by the definition. */
const byHand: Readonly<Record<string, (row: number[], target: number[]) => number>> = {
  softmax: (row, target) =>
    -softmax(row).reduce((sum, p, index) => sum + (target[index] as number) * Math.log(p), 0),
  sigmoid: (row, target) =>
    -row.reduce(
      (sum, z, index) =>
        sum +
        (target[index] as number) * Math.log(sigmoid(z)) +
        (1 - (target[index] as number)) * Math.log(1 - sigmoid(z)),
      0,
    ) / row.length,
  linear: (row, target) =>
    row.reduce((sum, z, index) => sum + (z - (target[index] as number)) ** 2, 0) / row.length,
};

const cases: {
  task: Task;
  activation: 'softmax' | 'sigmoid' | 'linear';
  targets: (number | number[])[];
  encoded: number[][];
}[] = [
  {
    task: 'classify',
    activation: 'softmax',
    targets: [2, 0],
    encoded: [
      [0, 0, 1],
      [1, 0, 0],
    ],
  },
  {
    task: 'multi-label',
    activation: 'sigmoid',
    targets: [
      [1, 0, 1],
      [0, 0, 0],
    ],
    encoded: [
      [1, 0, 1],
      [0, 0, 0],
    ],
  },
  {
    task: 'regress',
    activation: 'linear',
    targets: [
      [1, 2, 3],
      [0, -1, 5],
    ],
    encoded: [
      [1, 2, 3],
      [0, -1, 5],
    ],
  },
];

describe.each([true, false])('activation as a layer of its own: %s', (separate) => {
  test.each(cases)(
    '$task: the loss of each example is as defined',
    ({ task, activation, targets, encoded }) => {
      const labels = task === 'regress' ? null : ['a', 'b', 'c'];
      const objective = objectiveFor(network(3, activation, separate), task, labels);
      const values =
        separate || activation === 'linear'
          ? logits
          : logits.map((row) => (activation === 'softmax' ? softmax(row) : row.map(sigmoid)));
      const written = objective.encode(targets);
      expect(written.arraySync()).toEqual(encoded);
      const losses = objective.losses(tf.tensor2d(values), written).arraySync();
      logits.forEach((row, index) => {
        expect(losses[index]).toBeCloseTo(
          (byHand[activation] as (typeof byHand)[string])(row, encoded[index] as number[]),
          4,
        );
      });
    },
  );
});

test('label smoothing moves its share evenly onto all answers', () => {
  const smoothed = (
    units: number,
    activation: Activation,
    labels: string[],
    targets: number[],
    share: number,
  ) =>
    Array.from(
      objectiveFor(network(units, activation, true), 'classify', labels)
        .encode(targets, share)
        .dataSync(),
      (value) => Number(value.toFixed(6)),
    );
  expect(smoothed(3, 'softmax', ['a', 'b', 'c'], [1], 0.3)).toEqual([0.1, 0.8, 0.1]);
  expect(smoothed(1, 'sigmoid', ['no', 'yes'], [1, 0], 0.2)).toEqual([0.9, 0.1]);
});

test('logits far from 0 do not overflow', () => {
  const binary = objectiveFor(network(1, 'sigmoid', true), 'classify', ['no', 'yes']);
  const losses = binary.losses(tf.tensor2d([[200], [-200]]), tf.tensor2d([[0], [0]])).dataSync();
  expect(Array.from(losses)).toEqual([200, 0]);
  const many = objectiveFor(network(2, 'softmax', true), 'classify', ['a', 'b']);
  expect(many.losses(tf.tensor2d([[500, -500]]), tf.tensor2d([[0, 1]])).dataSync()[0]).toBe(1000);
});

test.each<[string, number, Activation, Task, string[] | null]>([
  ['fewer outputs than labels', 2, 'softmax', 'classify', ['a', 'b', 'c']],
  ['one sigmoid for three labels', 1, 'sigmoid', 'classify', ['a', 'b', 'c']],
  ['relu for labels', 3, 'relu', 'classify', ['a', 'b', 'c']],
  ['softmax for multi-label', 3, 'softmax', 'multi-label', ['a', 'b', 'c']],
  ['sigmoid for one of three', 3, 'sigmoid', 'classify', ['a', 'b', 'c']],
])('%s: refused', (_, units, activation, task, labels) => {
  expect(() => objectiveFor(network(units, activation, true), task, labels)).toThrow(
    expect.objectContaining({ code: 'usage/bad-head' }),
  );
});
