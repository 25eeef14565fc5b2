import { layers } from '@tensorflow/tfjs-layers';
import { image, type LayerCase, layerCase, rows } from './layer-case.js';

const activations = [
  'elu',
  'selu',
  'relu',
  'relu6',
  'linear',
  'sigmoid',
  'hardSigmoid',
  'softplus',
  'softsign',
  'tanh',
  'softmax',
  'logSoftmax',
  'gelu',
  'gelu_new',
  'mish',
  'swish',
] as const;
type ActivationName = NonNullable<Parameters<typeof layers.activation>[0]['activation']>;

export const activationCases: readonly LayerCase[] = [
  ...activations.map((name) =>
    layerCase(
      `Activation ${name}`,
      [[3, 8]],
      () => layers.activation({ activation: name as ActivationName }),
      { scale: 20 },
    ),
  ),
  layerCase('ReLU', image, () => layers.reLU()),
  layerCase('ReLU max 0.5', image, () => layers.reLU({ maxValue: 0.5 })),
  layerCase('LeakyReLU', image, () => layers.leakyReLU({ alpha: 0.2 })),
  layerCase('PReLU', image, () => layers.prelu({})),
  layerCase('PReLU shared axes', image, () => layers.prelu({ sharedAxes: [1, 2] })),
  layerCase('ELU', image, () => layers.elu({ alpha: 1 })),
  layerCase('ThresholdedReLU', image, () => layers.thresholdedReLU({ theta: 0.3 })),
  layerCase('Softmax', rows, () => layers.softmax({})),
  layerCase('Dense gelu', rows, () => layers.dense({ units: 3, activation: 'gelu' as ActivationName })),
];
