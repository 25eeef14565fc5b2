import { createRequire } from 'node:module';
import '@tensorflow/tfjs-backend-wasm';
import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { beforeAll, expect, test } from 'vitest';
import { type Dataset, type TrainingData, targetsOf } from '../src/data/dataset.js';
import { loadPretrained, type PretrainedModel } from '../src/model/pretrained-model.js';
import { resolveRecipe } from '../src/recipe/resolve-recipe.js';
import { save } from '../src/saving/artifacts.js';
import { countFates, proveFreeze } from '../src/saving/freeze-proof.js';
import { artifactsOf, MemoryHandler } from '../src/testing/memory-model.js';
import { prepareBackend } from '../src/tfjs/prepare-backend.js';
import { evaluate } from '../src/training/evaluate.js';
import { fineTune } from '../src/training/fine-tune.js';
import { featuresOf } from './features-of.js';
import { logisticRegression, mean } from './linear-models.js';

const require = createRequire(import.meta.url);

/** Handwritten digits of 28 x 28 pixels from 0 to 1: `count` of each label, from the `from`-th on. */
function digits(labels: readonly number[], from: number, count: number): Dataset {
  const raw = labels.map((digit) => (require(`mnist/src/digits/${digit}.json`) as { data: number[] }).data);
  const pixels = 28 * 28;
  return {
    size: labels.length * count,
    target: (index) => index % labels.length,
    input: (index) => {
      const start = (from + Math.floor(index / labels.length)) * pixels;
      return tf.tensor((raw[index % labels.length] as number[]).slice(start, start + pixels), [28, 28, 1]);
    },
  };
}

function dataOf(labels: readonly number[], from: number, count: number): TrainingData {
  return {
    task: 'classify',
    labels: labels.map(String),
    train: digits(labels, from, count),
    validation: null,
  };
}

/** A small network that has learned nothing yet. */
async function blank(): Promise<PretrainedModel> {
  const he = (seed: number) => tfl.initializers.heNormal({ seed });
  const conv = { kernelSize: 3, strides: 2, activation: 'relu' as const };
  const model = tfl.sequential({
    layers: [
      tfl.layers.conv2d({
        ...conv,
        name: 'edges',
        filters: 8,
        inputShape: [28, 28, 1],
        kernelInitializer: he(1),
      }),
      tfl.layers.conv2d({ ...conv, name: 'strokes', filters: 16, kernelInitializer: he(2) }),
      tfl.layers.flatten({ name: 'flat' }),
      tfl.layers.dense({ name: 'shapes', units: 48, activation: 'relu', kernelInitializer: he(3) }),
      tfl.layers.dense({ name: 'digit', units: 5, activation: 'softmax', kernelInitializer: he(4) }),
    ],
  });
  const pretrained = await loadPretrained(new MemoryHandler(await artifactsOf(model)));
  model.dispose();
  return pretrained;
}

beforeAll(async () => {
  await tf.setBackend('wasm');
  prepareBackend('wasm');
});

test('learns 0 to 4, then 5 to 9 by a new head alone, as well as logistic regression on the same features', async () => {
  const [low, high] = [
    [0, 1, 2, 3, 4],
    [5, 6, 7, 8, 9],
  ];
  const start = await blank();
  const first = dataOf(low, 0, 200);
  const scratch = resolveRecipe(start, first, { freeze: 'nothing', epochs: 5, learningRate: 3e-3, seed: 1 });
  const { model: base } = await fineTune({ pretrained: start, data: first, recipe: scratch });
  const lowScore = await evaluate(base, digits(low, 600, 100), first.labels);
  expect(lowScore).toMatchObject({ accuracy: expect.toSatisfy((accuracy: number) => accuracy > 0.95) });

  const saved = new MemoryHandler();
  await save(base, saved);
  const pretrained = await loadPretrained(saved);
  const second = dataOf(high, 0, 60);
  const recipe = resolveRecipe(pretrained, second, { seed: 1, validation: 0 });
  expect(recipe.cut).toBe('shapes');
  const { model } = await fineTune({ pretrained, data: second, recipe });
  const written = new MemoryHandler();
  await save(model, written);
  expect(countFates(await proveFreeze(model, await written.load()))).toMatchObject({
    checked: 8,
    identical: 6,
    trained: 2,
    failed: 0,
  });

  const exam = digits(high, 600, 200);
  const score = await evaluate(model, exam, second.labels);
  const answer = logisticRegression(
    await featuresOf(pretrained, 'shapes', second.train),
    targetsOf(second.train) as number[],
    5,
  );
  const rows = await featuresOf(pretrained, 'shapes', exam);
  const reference = mean(rows.map((row, index) => (answer(row) === exam.target(index) ? 1 : 0)));
  expect(reference).toBeGreaterThan(0.8);
  if (score.task !== 'classify') throw new Error('Expected a classification.');
  expect(score.accuracy).toBeGreaterThan(reference - 0.02);
  for (const each of [start, base, pretrained, model]) each.dispose();
  expect(tf.memory().numTensors).toBe(0);
}, 120_000);
