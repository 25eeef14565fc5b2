import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, test } from 'vitest';
import type { TrainingData } from '../data/dataset.js';
import type { PretrainedModel } from '../model/pretrained-model.js';
import { denseModel, pretrainedFrom } from '../testing/tiny-models.js';
import { parseRecipe } from './parse-recipe.js';
import { type RecipeWishes, resolveRecipe } from './resolve-recipe.js';

let pretrained: PretrainedModel;
beforeAll(async () => {
  await tf.setBackend('cpu');
  pretrained = await pretrainedFrom(denseModel());
});

/** So many examples of each label. */
function dataOf(...counts: number[]): TrainingData {
  const targets = counts.flatMap((count, label) => Array<number>(count).fill(label));
  const train = {
    size: targets.length,
    target: (index: number) => targets[index] as number,
    input: () => tf.zeros([4]),
  };
  return { task: 'classify', labels: counts.map(String), train, validation: null };
}

const resolved = (wishes: RecipeWishes = {}, data = dataOf(50, 50)) =>
  resolveRecipe(pretrained, data, wishes);

describe('resolveRecipe', () => {
  test('says everything, and parses to itself', () => {
    const recipe = resolved();
    expect(recipe).toMatchObject({
      cut: 'second',
      head: { kind: 'linear' },
      task: 'classify',
      output: 'softmax',
      validation: 0.2,
      seed: 0,
      classWeights: 'none',
    });
    expect(recipe.phases).toHaveLength(1);
    expect(parseRecipe(JSON.parse(JSON.stringify(recipe)))).toEqual(recipe);
  });

  test('wishes win', () => {
    const wishes = {
      cut: 'first',
      epochs: 3,
      learningRate: 0.5,
      batchSize: 7,
      validation: 0,
      seed: 9,
      classWeights: 'balanced',
      freeze: 'nothing',
    } as const;
    const { cut, batchSize, validation, seed, classWeights, phases } = resolved(wishes);
    expect({ cut, batchSize, validation, seed, classWeights }).toEqual({
      cut: 'first',
      batchSize: 7,
      validation: 0,
      seed: 9,
      classWeights: 'balanced',
    });
    expect(phases[0]).toMatchObject({ epochs: 3, learningRate: 0.5, freeze: 'nothing' });
  });

  test('remove counts layers with weights; 0 keeps the old head', () => {
    expect(resolved({ remove: 2 })).toMatchObject({ cut: 'first', head: { kind: 'linear' } });
    expect(resolved({ remove: 0 })).toMatchObject({ cut: 'second', head: { kind: 'keep' } });
  });

  test('labels of which one is rare are balanced', () => {
    expect(resolved({}, dataOf(30, 61)).classWeights).toBe('balanced');
    expect(resolved({}, dataOf(30, 60)).classWeights).toBe('none');
  });

  test.each([
    [4, 8],
    [100, 8],
    [200, 16],
    [2000, 32],
  ])('%d examples: batches of %d', (examples, batchSize) => {
    expect(resolved({}, dataOf(examples / 2, examples / 2)).batchSize).toBe(batchSize);
  });

  test('pretrained layers learn more slowly than a new head', () => {
    const rate = (wishes: RecipeWishes) => resolved(wishes).phases[0]?.learningRate as number;
    expect(rate({ freeze: 'nothing' })).toBeLessThan(rate({}));
  });

  test.each<[string, RecipeWishes, string]>([
    ['cut and remove', { cut: 'first', remove: 1 }, 'usage/cut-and-remove'],
    ['an unknown layer', { cut: 'third' }, 'usage/unknown-layer'],
    ['more layers than there are', { remove: 4 }, 'usage/nothing-left'],
    ['no epochs', { epochs: 0 }, 'recipe/invalid'],
    ['a negative rate', { learningRate: -1 }, 'recipe/invalid'],
    ['no validation to speak of', { validation: 1 }, 'recipe/invalid'],
  ])('%s is an error', (_, wishes, code) => {
    expect(() => resolved(wishes)).toThrow(expect.objectContaining({ code }));
  });
});

describe('parseRecipe', () => {
  test.each([
    ['cut', { cut: 7 }],
    ['head.units', { head: { kind: 'hidden', units: [] } }],
    ['phases.0.optimizer', { phases: [{ epochs: 1, learningRate: 1, schedule: { name: 'constant' } }] }],
    [
      'phases.0.freeze',
      {
        phases: [
          {
            freeze: { upto: 'x' },
            epochs: 1,
            learningRate: 1,
            optimizer: { name: 'adam' },
            schedule: { name: 'constant' },
          },
        ],
      },
    ],
    ['recipe', { colour: 'red' }],
    ['seed', { seed: -1 }],
    ['seed', { seed: 1.5 }],
  ])('names the field at fault: %s', (field, change) => {
    const parse = () => parseRecipe({ ...resolved(), ...change });
    expect(parse).toThrow(
      expect.objectContaining({ code: 'recipe/invalid', details: expect.objectContaining({ field }) }),
    );
  });

  test.each([null, [], 'text', 3, undefined])('%j is no recipe', (value) => {
    expect(() => parseRecipe(value)).toThrow(expect.objectContaining({ code: 'recipe/invalid' }));
  });
});
