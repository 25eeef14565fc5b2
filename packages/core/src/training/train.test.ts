import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { beforeAll, describe, expect, test } from 'vitest';
import { arrayDataset, type Dataset } from '../data/dataset.js';
import { type Split, splitDataset } from '../data/split.js';
import type { TrainingEvent } from '../events.js';
import { freeze } from '../freezing/freeze.js';
import { type HeadBuilder, standardHead } from '../model/heads.js';
import { replaceHead } from '../model/replace-head.js';
import { weightsOf } from '../model/stored-weights.js';
import type { TransferModel } from '../model/transfer-model.js';
import {
  clusterDataset,
  dense,
  denseModel,
  phaseOf,
  pictureModel,
  pretrainedFrom,
} from '../testing/tiny-models.js';
import { prepareBackend } from '../tfjs/prepare-backend.js';
import { train } from './train.js';

beforeAll(async () => {
  await tf.setBackend('cpu');
  prepareBackend('cpu');
});

const labels = ['a', 'b', 'c'];
const options = { seed: 1, batchSize: 8 };

const linear = standardHead({ kind: 'linear' }, { units: 3, activation: 'softmax', seed: 1 });

async function denseTransfer(head: HeadBuilder | 'keep' = linear, cut = 'second'): Promise<TransferModel> {
  return replaceHead(await pretrainedFrom(denseModel()), { cut, head, labels, task: 'classify' });
}

async function pictureTransfer(): Promise<TransferModel> {
  return replaceHead(await pretrainedFrom(pictureModel()), {
    cut: 'pool',
    head: linear,
    labels,
    task: 'classify',
  });
}

const splitOf = (shape: readonly number[], count = 30): Split =>
  splitDataset(clusterDataset(shape, 3, count, 1), { share: 0.3, seed: 1, task: 'classify' });

const valuesOf = (model: TransferModel) =>
  new Map(weightsOf(model.graph).map(({ name, weight }) => [name, Array.from(weight.read().dataSync())]));

/** How far each weight moved: the largest change of one of its values. */
function movesOf(
  before: ReturnType<typeof valuesOf>,
  after: ReturnType<typeof valuesOf>,
): Record<string, number> {
  const move = ([name, values]: [string, number[]]) =>
    [
      name,
      Math.max(...values.map((value, index) => Math.abs(value - (before.get(name)?.[index] as number)))),
    ] as const;
  return Object.fromEntries([...after].map(move));
}

describe('best epoch', () => {
  test('the weights are those of the epoch with the lowest validation loss', async () => {
    const model = await denseTransfer();
    freeze(model, 'backbone');
    // So fast that later epochs get worse.
    const report = await train(
      model,
      splitOf([4]),
      phaseOf({ epochs: 12, learningRate: 30, optimizer: { name: 'sgd' }, clipNorm: null }),
      options,
    );
    const losses = report?.curve.map(({ validationLoss }) => validationLoss as number) ?? [];
    expect(losses).toHaveLength(12);
    expect(report?.bestEpoch).toBe(losses.indexOf(Math.min(...losses)) + 1);
    expect(report?.validationLoss).toBe(Math.min(...losses));
    expect(report?.validation?.loss).toBeCloseTo(Math.min(...losses), 5);
    model.dispose();
  });

  test('without validation examples the training loss decides', async () => {
    const model = await denseTransfer();
    freeze(model, 'backbone');
    const report = await train(model, { ...splitOf([4]), validation: null }, phaseOf({ epochs: 4 }), options);
    expect(report).toMatchObject({ validationLoss: null, validation: null, bestEpoch: 4 });
    model.dispose();
  });

  test('patience ends the phase after so many epochs without a new best', async () => {
    const model = await denseTransfer();
    freeze(model, 'backbone');
    const report = await train(
      model,
      splitOf([4]),
      phaseOf({ epochs: 200, learningRate: 3, patience: 2 }),
      options,
    );
    expect(report?.epochs).toBeLessThan(200);
    expect(report?.epochs).toBe((report?.bestEpoch ?? 0) + 2);
    model.dispose();
  });
});

describe('stop and abort', () => {
  /** Trains until an event of this kind came, then aborts the given controller. */
  async function interrupted(kind: 'signal' | 'stop', when: (event: TrainingEvent) => boolean) {
    const model = await denseTransfer();
    freeze(model, 'nothing');
    const before = valuesOf(model);
    const data = splitOf([4]);
    const tensors = tf.memory().numTensors;
    const controller = new AbortController();
    const onEvent = (event: TrainingEvent) => {
      if (when(event)) controller.abort(new Error('enough'));
    };
    const outcome = await train(model, data, phaseOf({ epochs: 5 }), {
      ...options,
      [kind]: controller.signal,
      onEvent,
    }).catch((error: Error) => error);
    const moves = movesOf(before, valuesOf(model));
    const leaked = tf.memory().numTensors - tensors;
    const everTrainable = model.everTrainable.size;
    model.dispose();
    return { outcome, moved: Object.values(moves).some((move) => move > 0), leaked, everTrainable };
  }
  const inEpoch = (epoch: number) => (event: TrainingEvent) => event.type === 'step' && event.epoch === epoch;
  const nothing = { moved: false, leaked: 0, everTrainable: 0 };

  test.each([1, 3])(
    'abort in epoch %d: the reason as it is, weights as before, no tensor left',
    async (epoch) => {
      expect(await interrupted('signal', inEpoch(epoch))).toEqual({
        ...nothing,
        outcome: new Error('enough'),
      });
    },
  );

  test('stop in the first epoch: null, weights as before', async () => {
    expect(await interrupted('stop', inEpoch(1))).toEqual({ ...nothing, outcome: null });
  });

  test('stop later: the best epoch so far', async () => {
    const { outcome, moved, leaked } = await interrupted('stop', inEpoch(3));
    expect(outcome).toMatchObject({ epochs: 2, bestEpoch: expect.toSatisfy((epoch: number) => epoch <= 2) });
    expect([moved, leaked]).toEqual([true, 0]);
  });

  test('stop while an epoch is being checked: that epoch does not count', async () => {
    const model = await denseTransfer();
    freeze(model, 'nothing');
    const { train: examples, validation } = splitOf([4]);
    const tensors = tf.memory().numTensors;
    const stop = new AbortController();
    let epochs = 0;
    const input = (index: number) => {
      if (epochs === 2) stop.abort();
      return (validation as Dataset).input(index);
    };
    const data = { train: examples, validation: { ...(validation as Dataset), input } };
    const report = await train(model, data, phaseOf({ epochs: 5 }), {
      ...options,
      stop: stop.signal,
      onEvent: ({ type }) => {
        if (type === 'epoch') epochs++;
      },
    });
    await new Promise((resolve) => setTimeout(resolve, 10)); // a batch that was under way is dropped
    expect(report?.epochs).toBe(2);
    expect(tf.memory().numTensors).toBe(tensors);
    model.dispose();
  });

  test('an error of the data: weights as before, no tensor left', async () => {
    const model = await denseTransfer();
    freeze(model, 'nothing');
    const before = valuesOf(model);
    const data = splitOf([4]);
    const tensors = tf.memory().numTensors;
    let calls = 0;
    const input = (index: number) => {
      if (++calls > 20) throw new Error('unreadable');
      return data.train.input(index);
    };
    await expect(
      train(model, { ...data, train: { ...data.train, input } }, phaseOf(), options),
    ).rejects.toThrow('unreadable');
    await new Promise((resolve) => setTimeout(resolve, 10)); // batches that were under way are dropped
    expect(valuesOf(model)).toEqual(before);
    expect(tf.memory().numTensors).toBe(tensors);
    model.dispose();
  });

  test('a loss that is no number is an error, weights as before', async () => {
    const model = await denseTransfer();
    freeze(model, 'nothing');
    const before = valuesOf(model);
    const data = { train: arrayDataset([tf.tensor1d([Number.NaN, 0, 0, 0])], [0]), validation: null };
    await expect(train(model, data, phaseOf(), options)).rejects.toThrow(
      expect.objectContaining({ code: 'recipe/diverged' }),
    );
    expect(valuesOf(model)).toEqual(before);
    model.dispose();
  });
});

test('events: phase, features, steps and epochs in order, as plain data', async () => {
  const model = await denseTransfer();
  freeze(model, 'backbone');
  const events: TrainingEvent[] = [];
  await train(model, splitOf([4]), phaseOf({ epochs: 2 }), {
    ...options,
    onEvent: (event) => events.push(structuredClone(event)),
  });
  const kinds = events.map(({ type }) => type);
  expect(kinds.filter((kind, index) => kind !== kinds[index - 1])).toEqual([
    'phase',
    'features',
    'step',
    'epoch',
    'step',
    'epoch',
  ]);
  expect(events[0]).toMatchObject({ parameters: { trainable: 15, frozen: 49, total: 64 } });
  expect(events.filter(({ type }) => type === 'features').at(-1)).toMatchObject({ done: 30, total: 30 });
  model.dispose();
});

test('features that are kept and features computed for each step train to the same weights', async () => {
  // A convolution reads them, so that they are not standardised: nothing but the cache differs.
  const head: HeadBuilder = (features) => {
    const kernelInitializer = tfl.initializers.glorotUniform({ seed: 3 });
    const seen = tfl.layers.conv2d({ filters: 3, kernelSize: 2, kernelInitializer }).apply(features);
    return dense('out', 3, { activation: 'softmax' }).apply(
      tfl.layers.flatten().apply(seen),
    ) as tfl.SymbolicTensor;
  };
  const trained = async (cacheBytes: number) => {
    const model = replaceHead(await pretrainedFrom(pictureModel()), {
      cut: 'conv',
      head,
      labels,
      task: 'classify',
    });
    freeze(model, 'backbone');
    let cached = false;
    const onEvent = ({ type }: TrainingEvent) => {
      cached ||= type === 'features';
    };
    await train(model, splitOf([6, 6, 2]), phaseOf({ learningRate: 0.01 }), {
      ...options,
      cacheBytes,
      onEvent,
    });
    const values = [...valuesOf(model).values()].flat();
    model.dispose();
    return { values, cached };
  };
  const [kept, computed] = [await trained(2 ** 30), await trained(0)];
  expect([kept.cached, computed.cached]).toEqual([true, false]);
  expect(
    Math.max(...kept.values.map((value, index) => Math.abs(value - (computed.values[index] as number)))),
  ).toBeLessThan(1e-5);
});

describe('BatchNormalization', () => {
  test.each(['frozen', 'train'] as const)(
    '%s: statistics stay or move; gain and offset train either way',
    async (batchNorm) => {
      const model = await pictureTransfer();
      freeze(model, 'nothing', batchNorm);
      const before = valuesOf(model);
      await train(model, splitOf([6, 6, 2]), phaseOf({ batchNorm }), options);
      const moves = movesOf(before, valuesOf(model));
      expect(moves['norm/gamma']).toBeGreaterThan(0);
      expect(moves['norm/moving_mean'] === 0).toBe(batchNorm === 'frozen');
      expect(moves['norm/moving_variance'] === 0).toBe(batchNorm === 'frozen');
      model.dispose();
    },
  );

  test('a frozen layer keeps its statistics even where the phase says train', async () => {
    const model = await pictureTransfer();
    freeze(model, { layers: ['norm'] }, 'train');
    const before = valuesOf(model);
    await train(model, splitOf([6, 6, 2]), phaseOf({ batchNorm: 'train' }), options);
    const moves = movesOf(before, valuesOf(model));
    expect(['gamma', 'beta', 'moving_mean', 'moving_variance'].map((name) => moves[`norm/${name}`])).toEqual([
      0, 0, 0, 0,
    ]);
    expect(moves['conv/kernel']).toBeGreaterThan(0);
    model.dispose();
  });
});

test('rates: the first glob that matches scales the learning rate of a layer', async () => {
  const model = await denseTransfer();
  freeze(model, 'nothing');
  const before = valuesOf(model);
  const rates = [
    { layers: 'first', scale: 0.001 },
    { layers: '*', scale: 1 },
  ];
  await train(model, splitOf([4]), phaseOf({ epochs: 1, learningRate: 0.01, rates }), options);
  const moves = movesOf(before, valuesOf(model));
  // Adam moves by about the rate in each of three steps.
  expect(moves['first/kernel']).toBeLessThan(4e-5);
  expect(moves['second/kernel']).toBeGreaterThan(1e-3);
  model.dispose();
});

describe('regularisers', () => {
  const penalised = (features: tfl.SymbolicTensor, l2: number, where: string): tfl.SymbolicTensor => {
    const kernelRegularizer = tfl.regularizers.l2({ l2 });
    const layer = dense('heavy', 6, { kernelRegularizer });
    const out = dense('out', 3, { activation: 'softmax' });
    if (where === 'a layer') return out.apply(layer.apply(features)) as tfl.SymbolicTensor;
    const rows = tfl.layers.reshape({ targetShape: [2, 2] }).apply(features);
    const kernelInitializer = tfl.initializers.glorotUniform({ seed: 4 });
    const inside =
      where === 'a recurrent cell'
        ? tfl.layers.lstm({
            name: 'heavy',
            units: 6,
            kernelRegularizer,
            kernelInitializer,
            recurrentInitializer: 'zeros',
            returnSequences: true,
          })
        : tfl.layers.timeDistributed({ name: 'heavy', layer: dense('inner', 6, { kernelRegularizer }) });
    return out.apply(tfl.layers.flatten().apply(inside.apply(rows))) as tfl.SymbolicTensor;
  };

  test.each(['a layer', 'a layer inside a wrapper', 'a recurrent cell'])(
    '%s is pulled towards zero',
    async (where) => {
      const sizeWith = async (l2: number) => {
        const model = await denseTransfer((features) => penalised(features, l2, where));
        freeze(model, 'backbone');
        await train(model, { ...splitOf([4]), validation: null }, phaseOf({ epochs: 20 }), options);
        const kernel = [...valuesOf(model)].find(([name]) => /heavy.*\/kernel$/.test(name))?.[1] ?? [];
        model.dispose();
        return Math.max(...kernel.map(Math.abs));
      };
      expect(await sizeWith(10)).toBeLessThan(0.5 * (await sizeWith(0)));
    },
  );
});

test('balanced class weights lift a rare label', async () => {
  const targets = Array.from({ length: 44 }, (_, index) => (index % 11 === 0 ? 1 : 0));
  // Both labels look alike: only their numbers tell them apart.
  const data = {
    train: arrayDataset(
      targets.map(() => tf.tensor1d([1, 1, 1, 1])),
      targets,
    ),
    validation: null,
  };
  const probability = async (classWeights: 'none' | 'balanced') => {
    const head = standardHead({ kind: 'linear' }, { units: 2, activation: 'softmax', seed: 1 });
    const model = replaceHead(await pretrainedFrom(denseModel()), {
      cut: 'second',
      head,
      labels: ['often', 'rare'],
      task: 'classify',
    });
    freeze(model, 'backbone');
    await train(model, data, phaseOf({ epochs: 30 }), { ...options, batchSize: 44, classWeights });
    const [, rare] = (model.model.predict(tf.ones([1, 4])) as tf.Tensor).dataSync();
    model.dispose();
    return rare;
  };
  expect(await probability('none')).toBeCloseTo(1 / 11, 1);
  expect(await probability('balanced')).toBeCloseTo(1 / 2, 1);
});
