import '@tensorflow/tfjs-backend-wasm';
import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { beforeAll, describe, expect, test } from 'vitest';
import { arrayDataset, targetsOf } from '../src/data/dataset.js';
import { splitDataset } from '../src/data/split.js';
import { loadPretrained, type PretrainedModel } from '../src/model/pretrained-model.js';
import { type Random, randomStream } from '../src/random.js';
import { resolveRecipe } from '../src/recipe/resolve-recipe.js';
import { artifactsOf, MemoryHandler } from '../src/testing/memory-model.js';
import { prepareBackend } from '../src/tfjs/prepare-backend.js';
import { evaluate } from '../src/training/evaluate.js';
import { fineTune } from '../src/training/fine-tune.js';
import { featuresOf } from './features-of.js';
import { mean, ridge } from './linear-models.js';

const width = 6;

/** Random features of a vector: what a pretrained network gives for data that it was not made for. */
async function randomFeatures(units: number, gain: number): Promise<PretrainedModel> {
  const kernelInitializer = tfl.initializers.randomNormal({ seed: 3, stddev: gain });
  const model = tfl.sequential({
    layers: [
      tfl.layers.dense({
        name: 'features',
        units,
        activation: 'tanh',
        inputShape: [width],
        kernelInitializer,
      }),
      tfl.layers.dense({ name: 'output', units: 1 }),
    ],
  });
  const pretrained = await loadPretrained(new MemoryHandler(await artifactsOf(model)));
  model.dispose();
  return pretrained;
}

/** Standard normal (Box and Muller). */
function normal(random: Random): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

function examples(
  random: Random,
  count: number,
  noise: number,
  { mean: offset, scale }: { mean: number; scale: number },
) {
  const rows = Array.from({ length: count }, () => Array.from({ length: width }, () => normal(random)));
  const values = rows.map(
    ([a = 0, b = 0, c = 0, d = 0]) =>
      offset + scale * (a - 0.5 * b + Math.sin(c) + 0.3 * a * d + noise * normal(random)),
  );
  return arrayDataset(
    rows.map((row) => tf.tensor1d(row)),
    values,
  );
}

beforeAll(async () => {
  await tf.setBackend('wasm');
  prepareBackend('wasm');
});

describe('with default settings the error is within 1.2 of the best ridge regression on the same features', () => {
  test.each([
    { name: 'plain', count: 150, units: 24, gain: 0.5, noise: 0.3, target: { mean: 0, scale: 1 } },
    {
      name: 'mean 1e6, deviation 1e4',
      count: 150,
      units: 24,
      gain: 0.5,
      noise: 0.3,
      target: { mean: 1e6, scale: 1e4 },
    },
    { name: 'tiny values', count: 150, units: 24, gain: 0.5, noise: 0.3, target: { mean: 0, scale: 1e-6 } },
    {
      name: 'few examples, many features',
      count: 40,
      units: 48,
      gain: 0.5,
      noise: 0.5,
      target: { mean: 5, scale: 2 },
    },
    { name: 'much noise', count: 100, units: 24, gain: 0.5, noise: 2, target: { mean: 0, scale: 1 } },
    {
      name: 'features that hardly vary',
      count: 150,
      units: 24,
      gain: 0.02,
      noise: 0.3,
      target: { mean: -50, scale: 10 },
    },
    {
      name: 'many examples',
      count: 1000,
      units: 64,
      gain: 0.7,
      noise: 0.1,
      target: { mean: 100, scale: 30 },
    },
  ])(
    '$name',
    async ({ count, units, gain, noise, target }) => {
      const pretrained = await randomFeatures(units, gain);
      const random = randomStream(1, 'regression');
      const all = examples(random, count, noise, target);
      const exam = examples(random, 500, noise, target);
      const data = { task: 'regress', labels: null, train: all, validation: null } as const;
      const recipe = resolveRecipe(pretrained, data);
      const { model } = await fineTune({ pretrained, data, recipe });
      const score = await evaluate(model, exam, null);
      if (score.task !== 'regress') throw new Error('Expected a regression.');

      const { train } = splitDataset(all, { share: recipe.validation, seed: recipe.seed, task: 'regress' });
      const rows = await featuresOf(pretrained, 'features', train);
      const examRows = await featuresOf(pretrained, 'features', exam);
      const answers = targetsOf(exam) as number[];
      const errors = [1e-6, 1e-4, 1e-3, 1e-2, 0.1, 0.3, 1, 3, 10, 30, 100].map((lambda) => {
        const answer = ridge(rows, targetsOf(train) as number[], lambda);
        return Math.sqrt(mean(examRows.map((row, index) => (answer(row) - (answers[index] as number)) ** 2)));
      });
      expect(score.rootMeanSquaredError / Math.min(...errors)).toBeLessThan(1.2);
      model.dispose();
      pretrained.dispose();
    },
    60_000,
  );
});
