import { createRequire } from 'node:module';
import '@tensorflow/tfjs-backend-wasm';
import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { beforeAll, expect, test } from 'vitest';
import type { Dataset, TrainingData } from '../src/data/dataset.js';
import { loadPretrained, type PretrainedModel } from '../src/model/pretrained-model.js';
import { resolveRecipe } from '../src/recipe/resolve-recipe.js';
import { save } from '../src/saving/artifacts.js';
import { countFates, proveFreeze } from '../src/saving/freeze-proof.js';
import { artifactsOf, MemoryHandler } from '../src/testing/memory-model.js';
import { prepareBackend } from '../src/tfjs/prepare-backend.js';
import { evaluate } from '../src/training/evaluate.js';
import { fineTune } from '../src/training/fine-tune.js';
import { predictValues } from '../src/training/predict.js';
import { featuresOf } from './features-of.js';
import { difference, golden } from './golden.js';

const require = createRequire(import.meta.url);

/** `count` pictures of each label, from the `from`-th on. */
interface Part {
  readonly labels: readonly number[];
  readonly from: number;
  readonly count: number;
}

/** Handwritten digits of 28 x 28 pixels from 0 to 1, label by label in turn. */
function digits({ labels, from, count }: Part): Dataset {
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

function dataOf(part: Part): TrainingData {
  return { task: 'classify', labels: part.labels.map(String), train: digits(part), validation: null };
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

const low = [0, 1, 2, 3, 4];

test('learns 0 to 4 from nothing', async () => {
  const start = await blank();
  const data = dataOf({ labels: low, from: 0, count: 200 });
  const recipe = resolveRecipe(start, data, { freeze: 'nothing', epochs: 5, learningRate: 3e-3, seed: 1 });
  const { model } = await fineTune({ pretrained: start, data, recipe });
  const score = await evaluate(model, digits({ labels: low, from: 600, count: 100 }), data.labels);
  expect(score).toMatchObject({ accuracy: expect.toSatisfy((accuracy: number) => accuracy > 0.95) });
  for (const each of [start, model]) each.dispose();
  expect(tf.memory().numTensors).toBe(0);
}, 120_000);

interface Base {
  readonly topology: object;
  readonly weights: readonly (Pick<tf.io.WeightsManifestEntry, 'name' | 'shape' | 'quantization'> & {
    readonly data: string;
  })[];
}

/** A network that Keras taught 0 to 4, its weights stored in 8 bits. */
async function kerasBase(): Promise<PretrainedModel> {
  const { topology, weights } = golden<Base>('digits-base');
  const weightSpecs = weights.map(({ data: _, ...spec }) => ({ ...spec, dtype: 'float32' as const }));
  const weightData = weights.map(({ data }) => new Uint8Array(Buffer.from(data, 'base64')).buffer);
  return loadPretrained(new MemoryHandler({ modelTopology: topology, weightSpecs, weightData }));
}

interface GoldenDigits {
  readonly train: Part;
  readonly exam: Part;
  /** Of the first training examples. */
  readonly features: readonly (readonly number[])[];
  readonly l2: number;
  readonly accuracy: number;
  /** Of the first exam examples. */
  readonly probabilities: readonly (readonly number[])[];
}

test('learns 5 to 9 by a new head alone as scikit-learn does on the same features', async () => {
  const reference = golden<GoldenDigits>('digits');
  const pretrained = await kerasBase();
  const data = dataOf(reference.train);
  const features = await featuresOf(pretrained, 'shapes', data.train);
  expect(difference(features.slice(0, 5).flat(), reference.features.flat())).toBeLessThan(1e-4);

  const recipe = resolveRecipe(pretrained, data, { seed: 1, validation: 0 });
  expect(recipe.cut).toBe('shapes');
  expect(recipe.phases[0]?.l2).toBeCloseTo(reference.l2, 6);
  const { model } = await fineTune({ pretrained, data, recipe });
  const written = new MemoryHandler();
  await save(model, written);
  expect(countFates(await proveFreeze(model, await written.load()))).toMatchObject({
    checked: 8,
    identical: 6,
    trained: 2,
    failed: 0,
  });

  const exam = digits(reference.exam);
  const score = await evaluate(model, exam, data.labels);
  if (score.task !== 'classify') throw new Error('Expected a classification.');
  expect(Math.abs(score.accuracy - reference.accuracy)).toBeLessThan(0.015);
  // The same minimum, which 600 steps come close to.
  const first = { size: reference.probabilities.length, input: exam.input };
  const probabilities = await predictValues(model, first);
  expect(difference(probabilities, reference.probabilities.flat())).toBeLessThan(0.15);
  for (const each of [pretrained, model]) each.dispose();
  expect(tf.memory().numTensors).toBe(0);
}, 120_000);
