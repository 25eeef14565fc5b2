import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { beforeAll, describe, expect, test } from 'vitest';
import { freeze } from '../freezing/freeze.js';
import type { HeadBuilder } from '../model/heads.js';
import { replaceHead } from '../model/replace-head.js';
import { weightsOf } from '../model/stored-weights.js';
import type { TransferModel } from '../model/transfer-model.js';
import { clusterDataset, dense, phaseOf, pictureModel, pretrainedFrom } from '../testing/tiny-models.js';
import { prepareBackend } from '../tfjs/prepare-backend.js';
import { backendsUnderTest } from '../tfjs/testing/backends.js';
import { Breather } from './breather.js';
import { runEpochs } from './epochs.js';
import type { TrainOptions } from './phase-report.js';
import { stepSetup } from './testing/step-setup.js';
import { trainStep } from './train-step.js';

const labels = ['a', 'b', 'c'];

/** Conv, frozen BatchNormalization, Dropout, pooling; in the new head a layer with a penalty of its own. */
async function pictureTransfer(): Promise<TransferModel> {
  const head: HeadBuilder = (features) => {
    const kernelRegularizer = tfl.regularizers.l2({ l2: 0.01 });
    const hidden = dense('hidden', 5, { activation: 'tanh', kernelRegularizer }).apply(features);
    return dense('out', 3, { activation: 'softmax' }).apply(hidden) as tfl.SymbolicTensor;
  };
  return replaceHead(await pretrainedFrom(pictureModel()), { cut: 'pool', head, labels, task: 'classify' });
}

const valuesOf = (model: TransferModel) =>
  weightsOf(model.graph).flatMap(({ weight }) => Array.from(weight.read().dataSync()));

const largestDifference = (a: readonly number[], b: readonly number[]) =>
  Math.max(...a.map((value, index) => Math.abs(value - (b[index] as number))));

for (const { name: backend, skipped } of await backendsUnderTest()) {
  if (skipped !== null) {
    test.skip(`gradients in pieces on ${backend}: ${skipped}`);
    continue;
  }
  describe(`gradients in pieces on ${backend}`, () => {
    beforeAll(async () => {
      await tf.setBackend(backend);
      prepareBackend(backend);
    });

    /** Weights and losses after five steps on a batch of eight, with so many examples at once. */
    async function fiveSteps(most: number, wishes: Parameters<typeof phaseOf>[0] = {}, balanced = false) {
      const model = await pictureTransfer();
      freeze(model, { layers: ['drop', 'norm'] }); // masks differ from piece to piece
      const train = clusterDataset([6, 6, 2], 3, 8, 1);
      const phase = phaseOf({ learningRate: 0.01, clipNorm: null, ...wishes });
      const classWeights = balanced ? [0.5, 1, 3] : null;
      const { context, view } = await stepSetup(model, { train, validation: null }, phase, {
        ...{ classWeights, labelSmoothing: 0.1 },
        pieceSize: () => most,
      });
      const inputs = tf.stack(Array.from({ length: 8 }, (_, index) => train.input(index) as tf.Tensor));
      const targets = Array.from({ length: 8 }, (_, index) => train.target(index));
      const losses: number[] = [];
      for (let step = 0; step < 5; step++) {
        losses.push(await trainStep(context, view, inputs, targets, phase.learningRate));
      }
      const weights = valuesOf(model);
      inputs.dispose();
      context.optimizer.dispose();
      model.dispose();
      return [...losses, ...weights];
    }

    const momentum = { name: 'sgd', momentum: 0.9 } as const;
    test.each([
      ['sgd', { optimizer: { name: 'sgd', momentum: 0 } }, false],
      ['momentum', { optimizer: momentum }, false],
      ['nesterov with decay', { optimizer: { ...momentum, nesterov: true, weightDecay: 0.1 } }, false],
      ['adam', { optimizer: { name: 'adam', epsilon: 1e-3 } }, false],
      ['adamw', { optimizer: { name: 'adamw', epsilon: 1e-3 } }, false],
      ['class weights', { optimizer: momentum }, true],
      ['clipping', { optimizer: momentum, clipNorm: 0.05 }, false],
      ["the phase's penalty", { optimizer: momentum, l2: 0.3 }, false],
    ] as const)('%s: pieces of 1 and 3 train as the whole batch does', async (_, wishes, balanced) => {
      const whole = await fiveSteps(8, wishes, balanced);
      for (const most of [1, 3]) {
        expect(largestDifference(await fiveSteps(most, wishes, balanced), whole)).toBeLessThan(1e-5);
      }
    });

    /** Epochs of two steps in pieces of three, with Dropout and without anything held out. */
    async function epochs(options: Partial<TrainOptions> = {}, atStep = (_: number) => {}, count = 3) {
      const model = await pictureTransfer();
      freeze(model, 'nothing');
      let seed = 0;
      model.mode.nextSeed = () => ++seed;
      const data = { train: clusterDataset([6, 6, 2], 3, 16, 1), validation: null };
      const tensors = tf.memory().numTensors;
      let step = 0;
      const { context, view } = await stepSetup(model, data, phaseOf({ epochs: count }), {
        breather: new Breather(options.stop),
        pieceSize: () => {
          atStep(++step);
          return 3;
        },
      });
      const signal = options.stop;
      const report = await runEpochs(context, view, { seed: 1, batchSize: 8, signal, ...options })
        .catch((error: unknown) => error)
        .finally(() => context.optimizer.dispose());
      const weights = valuesOf(model);
      const leaked = tf.memory().numTensors - tensors;
      model.dispose();
      return { report, weights, leaked, steps: step };
    }

    test('the same bytes twice, Dropout included; no tensor leaked', async () => {
      const [one, two] = [await epochs(), await epochs()];
      expect(one.weights).toEqual(two.weights);
      expect(one).toMatchObject({ leaked: 0, steps: 6, report: { epochs: 3 } });
    });

    test('a stop between two pieces leaves the weights of the best epoch', async () => {
      const stop = new AbortController();
      const stopped = await epochs({ stop: stop.signal }, (step) => {
        if (step === 4) stop.abort(); // the last of the second epoch
      });
      expect(stopped).toMatchObject({ leaked: 0, steps: 4, report: { epochs: 1, bestEpoch: 1 } });
      const one = await epochs({}, undefined, 1);
      expect(stopped.weights).toEqual(one.weights);
    });

    test('a stop before any epoch is finished: its reason, no tensor leaked', async () => {
      const stop = new AbortController();
      const stopped = await epochs({ stop: stop.signal }, () => stop.abort(new Error('enough')));
      expect(stopped).toMatchObject({ leaked: 0, steps: 1, report: new Error('enough') });
    });
  });
}
