import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { standardHead } from '../model/heads.js';
import { replaceHead } from '../model/replace-head.js';
import type { TransferModel } from '../model/transfer-model.js';
import type { FreezePlan } from '../recipe/recipe.js';
import { denseModel, pictureModel, pretrainedFrom } from '../testing/tiny-models.js';
import { prepareBackend } from '../tfjs/prepare-backend.js';
import { freeze } from './freeze.js';
import { freezeLine } from './freeze-line.js';

const head = standardHead({ kind: 'linear' }, { units: 2, activation: 'softmax', seed: 1 });
const labels = ['a', 'b'];

beforeAll(async () => {
  await tf.setBackend('cpu');
  prepareBackend('cpu');
});

describe('freeze', () => {
  let model: TransferModel;
  beforeEach(async () => {
    model = replaceHead(await pretrainedFrom(pictureModel()), {
      cut: 'pool',
      head,
      labels,
      task: 'classify',
    });
  });

  // conv 3 * 3 * 2 * 4 + 4 = 76; norm 4 gains, 4 offsets, 8 statistics; head 4 * 2 + 2 = 10: 102 in all.
  test.each<[FreezePlan, number, string | null]>([
    ['backbone', 10, 'pool'],
    ['nothing', 94, null],
    [{ upTo: 'conv' }, 18, 'conv'],
    [{ upTo: 'norm' }, 10, 'norm'], // Dropout above the line is random
    [{ upTo: 'pool' }, 10, 'pool'],
    [{ layers: ['conv'] }, 18, 'conv'],
    [{ layers: ['norm', 'drop'] }, 86, null],
    [{ layers: ['n*', 'con?'] }, 10, 'norm'],
    [{ allBut: ['norm'] }, 18, 'conv'],
    [{ allBut: ['*'] }, 94, null],
  ])('%j: %d values train, the line is after %s', (plan, trainable, line) => {
    expect(freeze(model, plan)).toEqual({ trainable, frozen: 102 - trainable, total: 102 });
    expect(freezeLine(model).name).toBe(line);
  });

  test('batchNorm: train counts the statistics', () => {
    expect(freeze(model, 'nothing', 'train').trainable).toBe(102);
    expect(freeze(model, { layers: ['norm'] }, 'train').trainable).toBe(86);
  });

  test('an earlier plan is forgotten', () => {
    freeze(model, 'backbone');
    expect(freeze(model, 'nothing').trainable).toBe(94);
  });

  test.each<[FreezePlan, string]>([
    [{ upTo: 'head_logits' }, 'usage/unknown-layer'],
    [{ upTo: 'cnov' }, 'usage/unknown-layer'],
    [{ layers: ['conv', 'dense*'] }, 'usage/no-match'],
    [{ allBut: ['head*'] }, 'usage/no-match'],
  ])('%j matches no pretrained layer: an error, the old plan stays', (plan, code) => {
    freeze(model, 'backbone');
    expect(() => freeze(model, plan)).toThrow(expect.objectContaining({ code }));
    expect(model.frozenLayers.has('conv')).toBe(true);
  });
});

test('a plan that freezes everything is an error', async () => {
  const model = replaceHead(await pretrainedFrom(denseModel()), {
    cut: 'second',
    head: 'keep',
    labels: ['a', 'b', 'c'],
    task: 'classify',
  });
  expect(() => freeze(model, { layers: ['*'] })).toThrow(
    expect.objectContaining({ code: 'usage/nothing-to-train' }),
  );
  expect(freeze(model, 'backbone')).toEqual({ trainable: 15, frozen: 49, total: 64 });
});
