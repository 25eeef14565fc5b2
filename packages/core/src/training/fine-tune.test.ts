import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Dataset, TrainingData } from '../data/dataset.js';
import type { TrainingEvent } from '../events.js';
import type { PretrainedModel } from '../model/pretrained-model.js';
import { resolveRecipe } from '../recipe/resolve-recipe.js';
import { clusterDataset, clusters, denseModel, phaseOf, pretrainedFrom } from '../testing/tiny-models.js';
import { prepareBackend } from '../tfjs/prepare-backend.js';
import { evaluate } from './evaluate.js';
import { fineTune } from './fine-tune.js';
import { predict, predictAll } from './predict.js';

let pretrained: PretrainedModel;
let data: TrainingData;
let tensors: number;

beforeAll(async () => {
  await tf.setBackend('cpu');
  prepareBackend('cpu');
  pretrained = await pretrainedFrom(denseModel());
  data = clusters([4], ['a', 'b', 'c'], 60);
});
beforeEach(() => {
  tensors = tf.memory().numTensors;
});

test('learns with nothing but a model and data, and leaves no tensor but the model', async () => {
  const { model, report } = await fineTune({ pretrained, data });
  expect(report).toMatchObject({
    examples: { train: 48, validation: 12 },
    interrupted: false,
    parameters: { trainable: 15 },
  });
  expect(report.validation).toMatchObject({
    task: 'classify',
    accuracy: expect.toSatisfy((accuracy: number) => accuracy > 0.9),
  });
  const inputs = { size: data.train.size, input: (index: number) => data.train.input(index) };
  const [one, several] = [
    await predictAll(model, inputs, { batchSize: 1 }),
    await predictAll(model, inputs, { batchSize: 64 }),
  ];
  one.forEach((predictions, index) => {
    predictions.forEach(({ label, probability }, rank) => {
      expect(several[index]?.[rank]?.label).toBe(label);
      expect(several[index]?.[rank]?.probability).toBeCloseTo(probability, 5);
    });
  });
  const input = tf.ones([4]);
  const predictions = await predict(model, input);
  expect(predictions.reduce((sum, { probability }) => sum + probability, 0)).toBeCloseTo(1, 5);
  expect(predictions.map(({ probability }) => probability)).toEqual(
    predictions.map(({ probability }) => probability).sort((a, b) => b - a),
  );
  input.dispose();
  model.dispose();
  expect(tf.memory().numTensors).toBe(tensors);
});

test('validation examples of the data win over a split', async () => {
  const validation = clusterDataset([4], 3, 9, 2);
  const before = tf.memory().numTensors;
  const { model, report } = await fineTune({ pretrained, data: { ...data, validation } });
  expect(report.examples).toEqual({ train: 60, validation: 9 });
  model.dispose();
  expect(tf.memory().numTensors).toBe(before);
});

test('a dataset may be an object of a class, with methods that need it', async () => {
  class Rows implements Dataset {
    readonly size = 8;
    readonly #slope = 2;
    target(index: number): number {
      return this.#slope * index;
    }
    input(index: number): tf.Tensor {
      return tf.fill([4], index / this.size);
    }
  }
  const rows: TrainingData = { task: 'regress', labels: null, train: new Rows(), validation: null };
  const { model } = await fineTune({
    pretrained,
    data: rows,
    recipe: resolveRecipe(pretrained, rows, { epochs: 1 }),
  });
  model.dispose();
});

test('data for another task than the recipe is refused', async () => {
  const recipe = resolveRecipe(pretrained, data);
  const other: TrainingData = { ...data, task: 'regress', labels: null };
  await expect(fineTune({ pretrained, data: other, recipe })).rejects.toThrow(
    expect.objectContaining({ code: 'recipe/other-task' }),
  );
});

test('a class that is not there is refused, in training and in scoring, and no tensor is left', async () => {
  const refused = expect.objectContaining({ code: 'data/target-out-of-range' });
  const { train } = data;
  const wrong: Dataset = {
    size: train.size,
    input: (index) => train.input(index),
    target: (index) => (train.target(index) as number) + 1,
  };
  await expect(fineTune({ pretrained, data: { ...data, train: wrong } })).rejects.toThrow(refused);
  await expect(fineTune({ pretrained, data: { ...data, validation: wrong } })).rejects.toThrow(refused);
  await expect(evaluate(pretrained, wrong, ['a', 'b', 'c'])).rejects.toThrow(refused);
  expect(tf.memory().numTensors).toBe(tensors);
});

describe('interrupted', () => {
  const run = (kind: 'signal' | 'stop', when: (event: TrainingEvent) => boolean) => {
    const controller = new AbortController();
    const phases = [phaseOf({ epochs: 4 }), phaseOf({ epochs: 4, freeze: 'nothing' })];
    const recipe = resolveRecipe(pretrained, data, { phases });
    const onEvent = (event: TrainingEvent) => {
      if (when(event)) controller.abort(new Error('enough'));
    };
    return fineTune({ pretrained, data, recipe }, { [kind]: controller.signal, onEvent });
  };
  const at = (phase: number, epoch: number) => (event: TrainingEvent) =>
    event.type === 'step' && event.phase === phase && event.epoch === epoch;

  test('stop before the first epoch is finished: an error, no tensor left', async () => {
    await expect(run('stop', at(1, 1))).rejects.toThrow(
      expect.objectContaining({ code: 'interrupted/before-first-epoch' }),
    );
    expect(tf.memory().numTensors).toBe(tensors);
  });

  test('stop while features are computed: the same', async () => {
    await expect(run('stop', ({ type }) => type === 'features')).rejects.toThrow(
      expect.objectContaining({ code: 'interrupted/before-first-epoch' }),
    );
    expect(tf.memory().numTensors).toBe(tensors);
  });

  test.each([
    { phase: 1, epoch: 3, finished: [2] },
    { phase: 2, epoch: 1, finished: [4] },
    { phase: 2, epoch: 4, finished: [4, 3] },
  ])('stop in epoch $epoch of phase $phase: what was finished counts', async ({ phase, epoch, finished }) => {
    const { model, report } = await run('stop', at(phase, epoch));
    expect(report.interrupted).toBe(true);
    expect(report.phases.map(({ epochs }) => epochs)).toEqual(finished);
    model.dispose();
    expect(tf.memory().numTensors).toBe(tensors);
  });

  test.each([1, 2])('abort in phase %d: the reason as it is, no tensor left', async (phase) => {
    await expect(run('signal', at(phase, 2))).rejects.toThrow('enough');
    expect(tf.memory().numTensors).toBe(tensors);
  });
});
