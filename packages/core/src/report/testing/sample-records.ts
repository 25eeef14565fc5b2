import type { WeightProof } from '../../saving/freeze-proof.js';
import { parseRunRecord, type RunRecord } from '../../saving/run-record.js';
import { score } from '../../training/metrics.js';

/** A layer's name and the shapes of its weights by their last name part. */
type Layer = readonly [name: string, weights: Readonly<Record<string, readonly number[]>>];

/** SqueezeNet 1.1 up to fire9: 25 convolutions, 50 weights. */
export const squeezenetLayers: readonly Layer[] = [
  conv('conv1', [3, 3, 3, 64]),
  ...[16, 16, 32, 32, 48, 48, 64, 64].flatMap((squeeze, index) => [
    conv(`fire${index + 2}_squeeze1x1`, [1, 1, squeeze * 8, squeeze]),
    conv(`fire${index + 2}_expand1x1`, [1, 1, squeeze, squeeze * 4]),
    conv(`fire${index + 2}_expand3x3`, [3, 3, squeeze, squeeze * 4]),
  ]),
];

/** MobileNet v1: 27 convolutions without bias, 27 BatchNormalizations, 135 weights. */
export const mobilenetLayers: readonly Layer[] = [
  ['conv1', { kernel: [3, 3, 3, 8] }],
  norm('conv1_bn', 8),
  ...Array.from({ length: 13 }, (_, index) => index + 1).flatMap((block): Layer[] => [
    [`conv_dw_${block}`, { depthwise_kernel: [3, 3, 8 * block, 1] }],
    norm(`conv_dw_${block}_bn`, 8 * block),
    [`conv_pw_${block}`, { kernel: [1, 1, 8 * block, 8 * block + 8] }],
    norm(`conv_pw_${block}_bn`, 8 * block + 8),
  ]),
];

function conv(name: string, kernel: readonly number[]): Layer {
  return [name, { kernel, bias: kernel.slice(-1) }];
}

function norm(name: string, channels: number): Layer {
  return [
    name,
    { gamma: [channels], beta: [channels], moving_mean: [channels], moving_variance: [channels] },
  ];
}

/** The weights of a run: the layers of the source, then a new `head_logits`. */
export function weightProofs(
  layers: readonly Layer[],
  units: number,
  isFrozen: (weight: string) => boolean = () => true,
): WeightProof[] {
  const proof = (
    source: string | null,
    name: string,
    shape: readonly number[],
    frozen: boolean,
  ): WeightProof => ({
    ...{ source, name, frozen, shape: [...shape] },
    before: fakeHash(`${name} before`),
    after: fakeHash(`${name} ${frozen ? 'before' : 'after'}`),
  });
  return [
    ...layers.flatMap(([layer, weights]) =>
      Object.entries(weights).map(([part, shape]) =>
        proof(layer, `${layer}/${part}`, shape, isFrozen(`${layer}/${part}`)),
      ),
    ),
    proof(null, 'head_logits/kernel', [512, units], false),
    proof(null, 'head_logits/bias', [units], false),
  ];
}

/** 64 hexadecimal digits that look random, the same for the same text (FNV-1a, eight times). */
function fakeHash(text: string): string {
  return Array.from({ length: 8 }, (_, salt) => {
    const hash = [...`${salt}${text}`].reduce(
      (sum, letter) => Math.imul(sum ^ (letter.codePointAt(0) as number), 16777619),
      -2128831035,
    );
    return (hash >>> 0).toString(16).padStart(8, '0');
  }).join('');
}

/** Losses that fall, with a validation loss that rises a little after the best epoch. */
export function sampleCurve(
  epochs: number,
  from: number,
  best: number,
  metric: (progress: number) => number,
): RunRecord['phases'][number] {
  const curve = Array.from({ length: epochs }, (_, index) => {
    const progress = 1 - Math.exp((-4 * (index + 1)) / best);
    const wave = 0.02 * Math.sin(index * 2.1) * from;
    const rise = Math.max(0, index + 1 - best) * 0.006 * from;
    return {
      trainLoss: from * (1 - 0.95 * progress),
      validationLoss: from * (1 - 0.82 * progress) + wave + rise,
      validationMetric: metric(progress),
    };
  });
  const { trainLoss, validationLoss } = curve[best - 1] ?? { trainLoss: 0, validationLoss: null };
  return { epochs, bestEpoch: best, seconds: epochs * 0.031, trainLoss, validationLoss, curve };
}

const photo: RunRecord['inputSpec'] = {
  ...{ width: 227, height: 227, channels: 3, range: [0, 255], colorOrder: 'bgr', resize: 'stretch' },
  ...{ mean: [104, 117, 123], std: 1 },
};

const phase: RunRecord['recipe']['phases'][number] = {
  ...{
    freeze: 'backbone',
    epochs: 30,
    learningRate: 0.01,
    rates: [],
    clipNorm: 1,
    l2: 0,
    batchNorm: 'frozen',
    patience: 10,
  },
  optimizer: { name: 'adamw', beta1: 0.9, beta2: 0.999, epsilon: 1e-7, weightDecay: 0.01 },
  schedule: { name: 'cosine', warmUp: 0.1 },
};

const squeezenetRun: RunRecord = {
  ...{
    format: 'graft-run',
    version: 1,
    created: '2026-02-03T14:05:06.789Z',
    task: 'classify',
    labels: ['car', 'truck'],
  },
  source: { name: 'squeezenet', path: null },
  inputSpec: photo,
  targetColumns: null,
  recipe: {
    ...{
      cut: 'fire9_concat',
      head: { kind: 'linear' },
      task: 'classify',
      output: 'softmax',
      phases: [phase],
    },
    ...{ validation: 0.2, batchSize: 32, seed: 1, classWeights: 'none', labelSmoothing: 0, inputSpec: photo },
  },
  ...{ pooling: 'average over 14 x 14', backend: 'wasm', interrupted: false, warnings: [] },
  versions: { graft: '0.1.0', '@tensorflow/tfjs-core': '4.22.0', node: '20.20.0' },
  examples: { train: 104, validation: 26 },
  parameters: { trainable: 1026, frozen: 722_496, total: 723_522 },
  phases: [sampleCurve(30, 0.72, 21, (progress) => Math.round((0.5 + 0.46 * progress) * 26) / 26)],
  validation: {
    ...{
      task: 'classify',
      examples: 26,
      accuracy: 25 / 26,
      balancedAccuracy: 0.9615,
      baselineAccuracy: 0.5,
      loss: 0.131,
    },
    perClass: [
      { label: 'car', precision: 13 / 14, recall: 1, support: 13 },
      { label: 'truck', precision: 1, recall: 12 / 13, support: 13 },
    ],
    confusion: [
      [13, 0],
      [1, 12],
    ],
  },
  seconds: { data: 0.412, features: 2.918, train: 0.93 },
  weightsHash: fakeHash('all'),
  topologyHash: '0'.repeat(64),
  weights: weightProofs(squeezenetLayers, 2),
};

/** A run record with some fields of its own; it passes the schema. */
export function sampleRecord(change: Partial<RunRecord> = {}): RunRecord {
  return parseRunRecord({ ...squeezenetRun, ...change });
}

/** MobileNet on 30 labels, fine-tuned in two phases: the head, then the last two blocks as well. */
export function manyLabelsRecord(): RunRecord {
  const labels = Array.from({ length: 30 }, (_, index) => `species ${String(index + 1).padStart(2, '0')}`);
  const targets = labels.flatMap((_, label) => Array.from({ length: 12 }, () => label));
  const answers = targets.map((label, index) => (index % 7 === 3 ? (label * 3 + 1) % 30 : label));
  const outputs = Float32Array.from(
    answers.flatMap((answer) => labels.map((_, label) => (label === answer ? 0.9 : 0.1 / 29))),
  );
  const free = /^conv_[dp]w_1[23](_bn\/(gamma|beta)|\/)/;
  return sampleRecord({
    ...{ labels, source: { name: 'mobilenet_v1_0.25', path: '../models/mobilenet/model.json' } },
    recipe: {
      ...squeezenetRun.recipe,
      cut: 'conv_pw_13_relu',
      phases: [phase, { ...phase, epochs: 20, learningRate: 0.0005, freeze: { upTo: 'conv_pw_11_relu' } }],
    },
    phases: [
      sampleCurve(30, 3.4, 24, (progress) => 0.03 + 0.72 * progress),
      sampleCurve(20, 0.9, 13, (progress) => 0.75 + 0.11 * progress),
    ],
    validation: score('classify', labels, outputs, targets) as NonNullable<RunRecord['validation']>,
    examples: { train: 1440, validation: 360 },
    parameters: { trainable: 30_046, frozen: 183_000, total: 213_046 },
    weights: weightProofs(mobilenetLayers, 30, (weight) => !free.test(weight)),
    warnings: [
      {
        code: 'data/same-file-in-both',
        message: 'The same file lies in training and validation: species 04/017.jpg.',
      },
    ],
  });
}

/** A small table model that estimates a price. */
export function regressionRecord(): RunRecord {
  const dense = (name: string, inputs: number, units: number): Layer => [
    name,
    { kernel: [inputs, units], bias: [units] },
  ];
  return sampleRecord({
    ...{ task: 'regress', labels: null, targetColumns: ['price'], inputSpec: null, pooling: null },
    source: { name: 'houses', path: 'houses/model.json' },
    recipe: { ...squeezenetRun.recipe, cut: 'dense_2', task: 'regress', output: 'linear', inputSpec: null },
    phases: [sampleCurve(30, 1.1, 30, (progress) => 0.8 - 0.55 * progress)],
    validation: {
      ...{ task: 'regress', examples: 84, meanAbsoluteError: 21_430.2, rootMeanSquaredError: 30_122.9 },
      ...{ r2: 0.8312, baselineMeanAbsoluteError: 68_210.4, loss: 907_389_104 },
    },
    parameters: { trainable: 33, frozen: 1504, total: 1537 },
    weights: weightProofs([dense('dense_1', 13, 32), dense('dense_2', 32, 32)], 1),
  });
}

/** Multi-label: no confusion matrix. */
export function multiLabelRecord(): RunRecord {
  const labels = ['beach', 'people', 'night'];
  const targets = Array.from({ length: 40 }, (_, row) => [
    row % 2,
    row % 3 === 0 ? 1 : 0,
    row % 5 === 0 ? 1 : 0,
  ]);
  const outputs = Float32Array.from(
    targets.flatMap((target, row) => target.map((value) => (row % 9 === 4 ? 0.5 : Math.abs(value - 0.15)))),
  );
  return sampleRecord({
    ...{ task: 'multi-label', labels },
    recipe: { ...squeezenetRun.recipe, task: 'multi-label', output: 'sigmoid' },
    validation: score('multi-label', labels, outputs, targets) as NonNullable<RunRecord['validation']>,
    weights: weightProofs(squeezenetLayers, 3),
  });
}
