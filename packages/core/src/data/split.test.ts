import { tensor1d } from '@tensorflow/tfjs-core';
import { describe, expect, test } from 'vitest';
import { type Dataset, indicesOf, type Target, targetsOf } from './dataset.js';
import { splitDataset } from './split.js';

/** Examples that can be told apart by their groups. */
function examples(
  targets: readonly Target[],
  group: (index: number) => string = (index) => `${index}`,
): Dataset {
  return {
    size: targets.length,
    target: (index) => targets[index] as Target,
    input: () => tensor1d([0]),
    group,
  };
}

const groupsOf = (dataset: Dataset) => indicesOf(dataset).map((index) => dataset.group?.(index));
const held = (dataset: Dataset, share: number, seed = 1) =>
  splitDataset(dataset, { share, seed, task: 'classify' });

describe('splitDataset', () => {
  test('keeps the proportions of the labels, and every example on exactly one side', () => {
    const dataset = examples([...Array(40).fill(0), ...Array(20).fill(1), ...Array(5).fill(2)]);
    const { train, validation } = held(dataset, 0.2);
    const counts = (part: Dataset | null) =>
      [0, 1, 2].map((label) => targetsOf(part as Dataset).filter((target) => target === label).length);
    expect(counts(validation)).toEqual([8, 4, 1]);
    expect(counts(train)).toEqual([32, 16, 4]);
    expect([...groupsOf(train), ...groupsOf(validation as Dataset)].sort()).toEqual(groupsOf(dataset).sort());
  });

  test('is decided by the seed', () => {
    const dataset = examples(Array.from({ length: 60 }, (_, index) => index % 2));
    const chosen = (seed: number) => groupsOf(held(dataset, 0.3, seed).validation as Dataset);
    expect(chosen(1)).toEqual(chosen(1));
    expect(chosen(1)).not.toEqual(chosen(2));
  });

  test('holds out at least one of two, never the last of a label', () => {
    const { train, validation } = held(examples([0, 0, 1, 1, 2]), 0.01);
    expect(targetsOf(validation as Dataset)).toEqual([0, 1]);
    expect(targetsOf(train)).toEqual([0, 1, 2]);
    expect(targetsOf(held(examples([0, 0, 1, 1]), 0.9).train)).toEqual([0, 1]);
  });

  test('examples of one group stay on one side', () => {
    const dataset = examples(
      Array.from({ length: 60 }, (_, index) => index % 2),
      (index) => `patient ${index % 12}`,
    );
    const { train, validation } = held(dataset, 0.25);
    const inTrain = new Set(groupsOf(train));
    expect(groupsOf(validation as Dataset).filter((group) => inTrain.has(group))).toEqual([]);
    expect(validation?.size).toBeGreaterThanOrEqual(10);
  });

  test('a share of 0 holds out nothing', () => {
    const dataset = examples([0, 1]);
    expect(held(dataset, 0)).toMatchObject({ train: dataset, validation: null });
  });

  test('multi-label and regression are split at random', () => {
    const dataset = examples(Array.from({ length: 10 }, (_, index) => index * 1.5));
    const { train, validation } = splitDataset(dataset, { share: 0.3, seed: 1, task: 'regress' });
    expect([train.size, validation?.size]).toEqual([7, 3]);
  });

  test('too few to hold out any is an error', () => {
    expect(() => held(examples([0, 1]), 0.2)).toThrow(expect.objectContaining({ code: 'data/too-few' }));
  });
});
