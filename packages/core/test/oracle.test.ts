import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { arrayDataset, type Task } from '../src/data/dataset.js';
import { freeze } from '../src/freezing/freeze.js';
import { freezeLine } from '../src/freezing/freeze-line.js';
import { guardLayer } from '../src/model/guards.js';
import { loadPretrained } from '../src/model/pretrained-model.js';
import { replaceHead } from '../src/model/replace-head.js';
import { weightsOf } from '../src/model/stored-weights.js';
import { canMove, type TransferModel } from '../src/model/transfer-model.js';
import { type OptimizerSpec, phaseSchema, type ScheduleSpec } from '../src/recipe/recipe.js';
import { MemoryHandler } from '../src/testing/memory-model.js';
import { prepareBackend } from '../src/tfjs/prepare-backend.js';
import { backendsUnderTest } from '../src/tfjs/testing/backends.js';
import { Breather } from '../src/training/breather.js';
import { type ClassificationEvaluation, score } from '../src/training/metrics.js';
import { objectiveFor } from '../src/training/objective.js';
import { Optimizer } from '../src/training/optimizer.js';
import { phaseView } from '../src/training/phase-view.js';
import { stepPieceSize } from '../src/training/pieces.js';
import { rateAt } from '../src/training/schedules.js';
import { trainStep } from '../src/training/train-step.js';
import { difference, golden } from './golden.js';

/*
 * Our loop, kernels and scores against Keras and scikit-learn. The golden files and what they mean:
 * tooling/oracle/README.md.
 */

interface GoldenWeight {
  readonly name: string;
  readonly shape: readonly number[];
  readonly values: readonly number[];
}

interface Batch {
  readonly inputs: readonly number[];
  readonly labels: readonly number[];
  readonly multiLabel: readonly number[];
  readonly values: readonly number[];
}

interface StepsCase {
  readonly name: string;
  readonly optimizer: OptimizerSpec;
  readonly learningRate: number;
  readonly clipNorm: number | null;
  readonly loss: {
    readonly name: string;
    readonly labelSmoothing?: number;
    readonly classWeights?: readonly number[];
  };
  readonly frozenLayers: readonly string[];
  readonly batchNorm: 'frozen' | 'train';
  readonly frozen: readonly string[];
  readonly losses: readonly number[];
  readonly weights: Readonly<Record<string, readonly number[]>>;
}

const steps = golden<{
  batchSize: number;
  inputShape: number[];
  topology: { class_name: string; config: { name: string; layers: object[] } };
  start: GoldenWeight[];
  batches: Batch[];
  cases: StepsCase[];
}>('training-steps');
const units = 3;

const answers: Readonly<Record<string, { task: Task; activation: string }>> = {
  'cross-entropy': { task: 'classify', activation: 'softmax' },
  'binary-cross-entropy': { task: 'multi-label', activation: 'sigmoid' },
  'mean-squared-error': { task: 'regress', activation: 'linear' },
};

/** The tiny network with its start weights, and the activation that its loss belongs to. */
async function tinyNetwork({ loss }: StepsCase): Promise<TransferModel> {
  const { task, activation } = answers[loss.name] as { task: Task; activation: string };
  const output = { class_name: 'Activation', config: { name: 'output', activation } };
  const { config } = steps.topology;
  const modelTopology = { ...steps.topology, config: { ...config, layers: [...config.layers, output] } };
  const weightSpecs = steps.start.map(({ name, shape }) => ({
    name,
    shape: [...shape],
    dtype: 'float32' as const,
  }));
  const weightData = Float32Array.from(steps.start.flatMap(({ values }) => values)).buffer;
  const pretrained = await loadPretrained(new MemoryHandler({ modelTopology, weightSpecs, weightData }));
  const model = replaceHead(pretrained, {
    cut: 'hidden',
    head: 'keep',
    labels: task === 'regress' ? null : ['a', 'b', 'c'],
    task,
  });
  pretrained.dispose();
  return model;
}

function targetsOf({ labels, multiLabel, values }: Batch, { task }: TransferModel): (number | number[])[] {
  if (task === 'classify') return [...labels];
  const flat = task === 'multi-label' ? multiLabel : values;
  return labels.map((_, row) => flat.slice(row * units, (row + 1) * units));
}

for (const { name: backend, skipped } of await backendsUnderTest()) {
  if (skipped !== null) {
    test.skip(`oracle on ${backend}: ${skipped}`);
    continue;
  }
  describe(`ten steps as in Keras, on ${backend}`, () => {
    beforeAll(async () => {
      await tf.setBackend(backend);
      prepareBackend(backend);
    });

    test.each(steps.cases)('$name', async (golden) => {
      const model = await tinyNetwork(golden);
      freeze(
        model,
        golden.frozenLayers.length > 0 ? { layers: [...golden.frozenLayers] } : 'nothing',
        golden.batchNorm,
      );
      const { optimizer: spec, learningRate, clipNorm, loss } = golden;
      const phase = phaseSchema.parse({
        epochs: 1,
        learningRate,
        optimizer: spec,
        schedule: { name: 'constant' },
        clipNorm,
      });
      const optimizer = new Optimizer(spec);
      const breather = new Breather();
      const context = {
        ...{ model, phase, optimizer, breather },
        pieceSize: (batch: readonly number[]) => stepPieceSize(view, context.movable, batch),
        objective: objectiveFor(model.graph, model.task, model.labels),
        movable: weightsOf(model.graph).filter((named) => canMove(model, named)),
        labelSmoothing: loss.labelSmoothing ?? 0,
        classWeights: loss.classWeights ?? null,
      };
      const cache = { edge: null, train: null, validation: null };
      const data = { train: arrayDataset([], []), validation: null };
      const view = await phaseView(model, freezeLine(model), data, {
        batchSize: steps.batchSize,
        breather,
        cache,
        cacheBytes: -1,
      });
      const losses: number[] = [];
      for (const batch of steps.batches) {
        const inputs = tf.tensor([...batch.inputs], [steps.batchSize, ...steps.inputShape]);
        losses.push(await trainStep(context, view, inputs, targetsOf(batch, model), learningRate));
        inputs.dispose();
      }
      expect(difference(losses, golden.losses)).toBeLessThan(1e-4);
      const start = new Map(steps.start.map(({ name, values }) => [name, values]));
      const named = weightsOf(model.graph);
      expect(named.map(({ name }) => name).sort()).toEqual(
        [...Object.keys(golden.weights), ...golden.frozen].sort(),
      );
      for (const { name, weight } of named) {
        const values = weight.read().dataSync();
        const trained = golden.weights[name];
        if (trained) expect(difference(values, trained), name).toBeLessThan(1e-4);
        else expect(Array.from(values), name).toEqual(Array.from(Float32Array.from(start.get(name) ?? [])));
      }
      optimizer.dispose();
      model.dispose();
    });
  });
}

interface LayerCase {
  readonly name: string;
  readonly className: string;
  readonly config: Readonly<Record<string, unknown>>;
  readonly training: boolean;
  readonly inputShape: number[];
  readonly input: number[];
  readonly weights: readonly (GoldenWeight & {
    readonly gradient: number[] | null;
    readonly after: number[] | null;
  })[];
  readonly outputShape: number[];
  readonly output: number[];
  readonly upstream: number[];
  readonly inputGradient: number[] | null;
}

for (const { name: backend, skipped } of await backendsUnderTest()) {
  if (skipped !== null) continue;
  describe(`gradients of single layers as in Keras, on ${backend}`, () => {
    beforeAll(async () => {
      await tf.setBackend(backend);
      prepareBackend(backend);
    });

    test.each(golden<{ cases: LayerCase[] }>('gradients').cases)('$name', async (golden) => {
      const config = {
        ...golden.config,
        name: 'layer',
        batch_input_shape: [null, ...golden.inputShape.slice(1)],
      };
      const modelTopology = {
        class_name: 'Sequential',
        config: { name: 'one', layers: [{ class_name: golden.className, config }] },
      };
      const model = await tfl.loadLayersModel(tf.io.fromMemory({ modelTopology }));
      const layer = model.layers[0] as tfl.layers.Layer;
      guardLayer(layer, { batchNorm: 'train', nextSeed: () => 1 }, true);
      const inKeras = new Map(golden.weights.map((weight) => [weight.name, weight]));
      const weights = layer.weights.map((weight) => ({
        weight,
        golden: inKeras.get(weight.originalName.split('/').at(-1) as string) as LayerCase['weights'][number],
      }));
      tf.tidy(() => {
        for (const { weight, golden } of weights)
          weight.write(tf.tensor([...golden.values], [...golden.shape]));
        const upstream = tf.tensor(golden.upstream, golden.outputShape);
        const apply = (x: tf.Tensor) => layer.apply(x, { training: golden.training }) as tf.Tensor;
        const loss = (x: tf.Tensor) => tf.sum(tf.mul(apply(x), upstream)) as tf.Scalar;
        const input = tf.tensor(golden.input, golden.inputShape);
        const trained = weights.filter(({ golden }) => golden.gradient !== null);
        if (trained.length > 0) {
          const variables = trained.map(({ weight }) => weight.read() as tf.Variable);
          const { grads } = tf.variableGrads(() => loss(input), variables);
          trained.forEach(({ golden }, index) => {
            const gradient = grads[(variables[index] as tf.Variable).name] as tf.Tensor;
            expect(difference(gradient.dataSync(), golden.gradient as number[]), golden.name).toBeLessThan(
              1e-4,
            );
          });
        }
        for (const { weight, golden } of weights) {
          if (golden.after)
            expect(difference(weight.read().dataSync(), golden.after), golden.name).toBeLessThan(1e-5);
        }
        if (golden.inputGradient)
          expect(difference(tf.grad(loss)(input).dataSync(), golden.inputGradient)).toBeLessThan(1e-4);
        expect(difference(apply(input).dataSync(), golden.output)).toBeLessThan(1e-4);
      });
      model.dispose();
    });
    afterAll(() => tf.disposeVariables());
  });
}

describe('scores as in scikit-learn', () => {
  const { classification, regression, multiLabel } = golden<{
    classification: (Omit<ClassificationEvaluation, 'examples'> & {
      name: string;
      probabilities: number[][];
      truth: number[];
    })[];
    regression: {
      name: string;
      answers: number[];
      truth: number[];
      meanAbsoluteError: number;
      rootMeanSquaredError: number;
      r2: number | null;
    }[];
    multiLabel: {
      name: string;
      probabilities: number[][];
      truth: number[][];
      perLabelAccuracy: number[];
      loss: number;
    }[];
  }>('metrics');

  test.each(classification)('classification: $name', (golden) => {
    const { probabilities, truth } = golden;
    const labels = probabilities[0]?.map((_, index) => `${index}`) ?? [];
    const received = score(
      'classify',
      labels,
      Float32Array.from(probabilities.flat()),
      truth,
    ) as ClassificationEvaluation;
    expect(received.accuracy).toBeCloseTo(golden.accuracy, 5);
    expect(received.balancedAccuracy).toBeCloseTo(golden.balancedAccuracy, 5);
    expect(received.confusion).toEqual(golden.confusion);
    received.perClass.forEach(({ precision, recall, support }, index) => {
      const expected = golden.perClass[index] as {
        precision: number | null;
        recall: number | null;
        support: number;
      };
      expect(support).toBe(expected.support);
      for (const [value, wanted] of [
        [precision, expected.precision],
        [recall, expected.recall],
      ] as const) {
        if (wanted === null) expect(value).toBeNull();
        else expect(value).toBeCloseTo(wanted, 5);
      }
    });
    // scikit-learn keeps probabilities 2.2e-16 from 0, Keras and we 1e-7.
    const smallest = Math.min(...truth.map((label, row) => probabilities[row]?.[label] as number));
    if (smallest > 1e-7) expect(received.loss).toBeCloseTo(golden.loss, 4);
    else expect(received.loss).toBeLessThan(golden.loss);
  });

  test.each(regression)('regression: $name', ({ answers, truth, ...golden }) => {
    const received = score('regress', null, Float32Array.from(answers), truth);
    if (received.task !== 'regress') throw new Error('Expected a regression.');
    expect(received.meanAbsoluteError).toBeCloseTo(golden.meanAbsoluteError, 4);
    expect(received.rootMeanSquaredError).toBeCloseTo(golden.rootMeanSquaredError, 4);
    if (golden.r2 === null) expect(received.r2).toBeNull();
    else expect(received.r2).toBeCloseTo(golden.r2, 3);
  });

  test.each(multiLabel)('multi-label: $name', ({ probabilities, truth, perLabelAccuracy, loss }) => {
    const received = score(
      'multi-label',
      perLabelAccuracy.map((_, index) => `${index}`),
      Float32Array.from(probabilities.flat()),
      truth,
    );
    if (received.task !== 'multi-label') throw new Error('Expected a multi-label evaluation.');
    expect(received.accuracy).toBeCloseTo(
      perLabelAccuracy.reduce((sum, value) => sum + value, 0) / perLabelAccuracy.length,
      5,
    );
    expect(received.loss).toBeCloseTo(loss, 5);
  });
});

interface ScheduleCase {
  readonly name: ScheduleSpec['name'];
  readonly rate: number;
  readonly steps: number;
  readonly rates: readonly number[];
  readonly warmUpSteps?: number;
  readonly peak?: number;
  readonly div?: number;
}

test.each(golden<{ cases: ScheduleCase[] }>('schedules').cases)(
  'schedule $name over $steps steps',
  (golden) => {
    const { warmUpSteps = 0, peak = 0, div = 0 } = golden;
    const spec: ScheduleSpec =
      golden.name === 'cosine'
        ? { name: 'cosine', warmUp: warmUpSteps / golden.steps }
        : golden.name === 'one-cycle'
          ? { name: 'one-cycle', peak, div }
          : { name: 'constant' };
    const rates = golden.rates.map((_, step) => rateAt(spec, golden.rate, step, golden.steps));
    golden.rates.forEach((rate, step) => {
      expect(rates[step]).toBeCloseTo(rate, 7);
    });
  },
);
