import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { freeze } from '../freezing/freeze.js';
import { dense, denseModel, pictureModel, pretrainedFrom } from '../testing/tiny-models.js';
import { prepareBackend } from '../tfjs/prepare-backend.js';
import { type HeadBuilder, standardHead } from './heads.js';
import { inspect } from './inspect.js';
import type { PretrainedModel } from './pretrained-model.js';
import { cutBefore, defaultCut, replaceHead } from './replace-head.js';
import { weightsOf } from './stored-weights.js';

beforeAll(async () => {
  await tf.setBackend('cpu');
  prepareBackend('cpu');
});

const labels = ['a', 'b'];
const linear = standardHead({ kind: 'linear' }, { units: 2, activation: 'softmax', seed: 1 });
const namesOf = (model: { graph: PretrainedModel['graph'] }) =>
  weightsOf(model.graph).map(({ name }) => name);

describe('replaceHead', () => {
  let pretrained: PretrainedModel;
  let tensors: number;
  beforeEach(async () => {
    pretrained = await pretrainedFrom(denseModel(), { name: 'base' });
    tensors = tf.memory().numTensors;
  });
  const headed = (head: HeadBuilder | 'keep', cut = 'second') =>
    replaceHead(pretrained, { cut, head, labels, task: 'classify' });

  test('keeps what lies before the cut, value for value, in variables of its own', () => {
    const model = headed(linear);
    expect(namesOf(model)).toEqual([
      'first/kernel',
      'first/bias',
      'second/kernel',
      'second/bias',
      'head_logits/kernel',
      'head_logits/bias',
    ]);
    const [mine, theirs] = [weightsOf(model.graph)[0], weightsOf(pretrained.graph)[0]];
    expect(mine?.weight.read().dataSync()).toEqual(theirs?.weight.read().dataSync());
    mine?.weight.write(tf.zeros([4, 5]));
    expect(
      theirs?.weight
        .read()
        .dataSync()
        .some((value) => value !== 0),
    ).toBe(true);
    model.dispose();
    expect(tf.memory().numTensors).toBe(tensors + 1);
  });

  test('names of the own head that the backbone has too are made unique', () => {
    const model = headed(
      (features) =>
        dense('second', 2, { activation: 'softmax' }).apply(
          dense('first', 3).apply(features),
        ) as tfl.SymbolicTensor,
    );
    expect(namesOf(model)).toEqual(
      ['first', 'second', 'first_2', 'second_2'].flatMap((name) => [`${name}/kernel`, `${name}/bias`]),
    );
    expect([...model.headLayers]).toEqual(['first_2', 'second_2']);
    model.dispose();
  });

  test('keep: the old layers behind the cut', () => {
    const model = headed('keep', 'first');
    expect(namesOf(model)).toEqual(namesOf(pretrained));
    expect([...model.headLayers]).toEqual(['second', 'output']);
    const answer = (each: PretrainedModel | typeof model) =>
      (each.model.predict(tf.ones([1, 4])) as tf.Tensor).dataSync();
    expect(answer(model)).toEqual(answer(pretrained));
    model.dispose();
  });

  test.each<[string, HeadBuilder]>([
    ['returns the features', (features) => features],
    [
      'throws',
      () => {
        throw new Error('mine');
      },
    ],
  ])('a head that %s is an error that leaves no tensor', (_, head) => {
    expect(() => headed(head)).toThrow();
    expect(tf.memory().numTensors).toBe(tensors);
  });

  test('a cut that is none is an error that leaves no tensor', () => {
    expect(() => headed(linear, 'sceond')).toThrow(expect.objectContaining({ code: 'usage/unknown-layer' }));
    expect(tf.memory().numTensors).toBe(tensors);
  });
});

test('pooling is chosen from the shape of the features, and said', async () => {
  const picture = await pretrainedFrom(pictureModel());
  const headed = (cut: string) =>
    replaceHead(picture, { cut, head: linear, labels, task: 'classify' }).pooling;
  expect([headed('drop'), headed('pool')]).toEqual(['average over 4 x 4', null]);
});

describe('default cuts', () => {
  test('before the last layer with weights, or the feature layer that the model names', async () => {
    expect(defaultCut(await pretrainedFrom(pictureModel()))).toBe('pool');
    expect(defaultCut(await pretrainedFrom(denseModel(), { metadata: { featureLayer: 'first' } }))).toBe(
      'first',
    );
  });

  test('cutBefore counts layers with weights from the end', async () => {
    const pretrained = await pretrainedFrom(pictureModel());
    expect([0, 1, 2].map((count) => cutBefore(pretrained, count))).toEqual(['pool', 'pool', 'conv']);
    expect(() => cutBefore(pretrained, 3)).toThrow(expect.objectContaining({ code: 'usage/nothing-left' }));
    expect(() => cutBefore(pretrained, 9)).toThrow(expect.objectContaining({ code: 'usage/nothing-left' }));
  });
});

test('a cut inside a nested model; a kept layer on both sides of it stays one layer', async () => {
  const x = tfl.input({ shape: [4] });
  const inner = tfl.input({ shape: [4] });
  const shared = dense('shared', 4);
  const nested = tfl.model({
    inputs: inner,
    outputs: shared.apply(dense('between', 4).apply(shared.apply(inner))) as tfl.SymbolicTensor,
    name: 'nested',
  });
  const outputs = dense('output', 2).apply(nested.apply(x)) as tfl.SymbolicTensor;
  const pretrained = await pretrainedFrom(tfl.model({ inputs: x, outputs }));
  expect(inspect(pretrained).cutPoints).toEqual(['nested/shared', 'nested/between', 'output']);
  const model = replaceHead(pretrained, { cut: 'nested/between', head: 'keep', labels, task: 'classify' });
  expect([...model.pretrainedLayers]).toEqual(['nested/shared', 'nested/between', 'output']);
  expect([...model.headLayers]).toEqual(['output']);
  freeze(model, 'backbone');
  expect([...model.frozenLayers]).toEqual(['nested/shared', 'nested/between']);
});

test('a kept head that needs another input is refused', async () => {
  const [x, y] = [tfl.input({ shape: [4], name: 'x' }), tfl.input({ shape: [4], name: 'y' })];
  const sum = tfl.layers
    .add({ name: 'sum' })
    .apply([dense('left', 4).apply(x) as tfl.SymbolicTensor, y]) as tfl.SymbolicTensor;
  const pretrained = await pretrainedFrom(
    tfl.model({ inputs: [x, y], outputs: dense('output', 2).apply(sum) as tfl.SymbolicTensor }),
  );
  const headed = (head: HeadBuilder | 'keep') =>
    replaceHead(pretrained, { cut: 'left', head, labels, task: 'classify' });
  expect(() => headed('keep')).toThrow(
    expect.objectContaining({ code: 'usage/bad-head', details: { cut: 'left', input: 'y' } }),
  );
  expect(namesOf(headed(linear))).toEqual([
    'left/kernel',
    'left/bias',
    'head_logits/kernel',
    'head_logits/bias',
  ]);
});
