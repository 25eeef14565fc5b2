import { layers } from '@tensorflow/tfjs-layers';
import { activationCases } from './activation-cases.js';
import { convolutionCases } from './convolution-cases.js';
import { image, type LayerCase, layerCase, rows, sequence } from './layer-case.js';
import { normalizationCases } from './normalization-cases.js';
import { poolingCases } from './pooling-cases.js';
import { recurrentCases } from './recurrent-cases.js';

const dense: LayerCase[] = [
  layerCase('Dense', rows, () => layers.dense({ units: 5 })),
  layerCase('Dense without bias', rows, () => layers.dense({ units: 5, useBias: false })),
  layerCase('Dense on a sequence', sequence, () => layers.dense({ units: 3, activation: 'tanh' })),
  layerCase('Embedding', [[2, 6]], () => layers.embedding({ inputDim: 5, outputDim: 3 }), {
    input: 'indices',
  }),
];

const shaping: LayerCase[] = [
  layerCase('UpSampling2D nearest', image, () => layers.upSampling2d({ size: [2, 2] })),
  layerCase('UpSampling2D nearest 3x2', image, () => layers.upSampling2d({ size: [3, 2] })),
  layerCase('UpSampling2D bilinear', image, () =>
    layers.upSampling2d({ size: [2, 2], interpolation: 'bilinear' }),
  ),
  layerCase('UpSampling2D bilinear 3x2', image, () =>
    layers.upSampling2d({ size: [3, 2], interpolation: 'bilinear' }),
  ),
  layerCase('UpSampling2D channelsFirst', image, () =>
    layers.upSampling2d({ size: [2, 2], dataFormat: 'channelsFirst' }),
  ),
  layerCase('ZeroPadding2D', image, () =>
    layers.zeroPadding2d({
      padding: [
        [1, 2],
        [0, 3],
      ],
    }),
  ),
  layerCase('Cropping2D', image, () =>
    layers.cropping2D({
      cropping: [
        [1, 2],
        [0, 3],
      ],
    }),
  ),
  layerCase('Reshape', sequence, () => layers.reshape({ targetShape: [2, 10] })),
  layerCase('Permute', sequence, () => layers.permute({ dims: [2, 1] })),
  layerCase('Permute rank 4', image, () => layers.permute({ dims: [3, 1, 2] })),
  layerCase('Flatten', image, () => layers.flatten()),
  layerCase('RepeatVector', rows, () => layers.repeatVector({ n: 3 })),
  layerCase('Masking', sequence, () => layers.masking({ maskValue: 0 })),
  layerCase('Rescaling', image, () => layers.rescaling({ scale: 2, offset: -1 })),
  layerCase('Resizing bilinear', image, () =>
    layers.resizing({ height: 8, width: 4, interpolation: 'bilinear' }),
  ),
  layerCase('Resizing nearest', image, () =>
    layers.resizing({ height: 8, width: 4, interpolation: 'nearest' }),
  ),
];

const pair = [
  [3, 4],
  [3, 4],
];
const three = [
  [2, 3, 4],
  [2, 3, 4],
  [2, 3, 4],
];
const merges: LayerCase[] = [
  layerCase('Add', three, () => layers.add()),
  layerCase('Multiply', three, () => layers.multiply()),
  layerCase('Average', three, () => layers.average()),
  layerCase('Maximum', three, () => layers.maximum()),
  layerCase('Minimum', three, () => layers.minimum()),
  layerCase('Concatenate', three, () => layers.concatenate()),
  layerCase('Concatenate axis 1', three, () => layers.concatenate({ axis: 1 })),
  layerCase('Dot', pair, () => layers.dot({ axes: 1 })),
  layerCase('Dot normalized', pair, () => layers.dot({ axes: 1, normalize: true })),
  layerCase(
    'Dot rank 3',
    [
      [2, 3, 4],
      [2, 5, 4],
    ],
    () => layers.dot({ axes: 2 }),
  ),
  layerCase(
    'Add broadcast',
    [
      [2, 3, 4],
      [2, 1, 4],
    ],
    () => layers.add(),
  ),
  layerCase(
    'Multiply broadcast',
    [
      [2, 5, 6, 3],
      [2, 1, 1, 3],
    ],
    () => layers.multiply(),
  ),
  layerCase(
    'Maximum broadcast',
    [
      [2, 3, 4],
      [2, 1, 4],
    ],
    () => layers.maximum(),
  ),
  layerCase(
    'Minimum broadcast',
    [
      [2, 3, 4],
      [2, 1, 4],
    ],
    () => layers.minimum(),
  ),
];

const noise: LayerCase[] = [
  layerCase('Dropout seeded', image, () => layers.dropout({ rate: 0.4, seed: 7 }), { training: true }),
  layerCase('Dropout inference', image, () => layers.dropout({ rate: 0.4 })),
  layerCase('SpatialDropout1D inference', sequence, () => layers.spatialDropout1d({ rate: 0.4 })),
  layerCase('GaussianNoise inference', image, () => layers.gaussianNoise({ stddev: 0.4 })),
  layerCase('GaussianDropout inference', image, () => layers.gaussianDropout({ rate: 0.4 })),
  layerCase('AlphaDropout inference', image, () => layers.alphaDropout({ rate: 0.4 })),
];

export const layerCases: readonly LayerCase[] = [
  ...dense,
  ...convolutionCases,
  ...poolingCases,
  ...normalizationCases,
  ...recurrentCases,
  ...shaping,
  ...merges,
  ...activationCases,
  ...noise,
];
