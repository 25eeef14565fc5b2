import { layers, sequential } from '@tensorflow/tfjs-layers';

type Layer = InstanceType<typeof layers.Layer>;

/** One layer in one configuration, with the shapes of its inputs. */
export interface LayerCase {
  readonly name: string;
  readonly layer: () => Layer;
  /** Batch included; several for a merge layer. */
  readonly shapes: readonly (readonly number[])[];
  /** `indices`: whole numbers below 5, without a gradient of their own. */
  readonly input?: 'values' | 'indices';
  /** Factor on the inputs, which lie within +-0.03 * size / 2. */
  readonly scale?: number;
  readonly training?: boolean;
  /** Step of the central difference; smaller where a kink is near. */
  readonly step?: number;
}

const image = [[2, 5, 6, 3]];
const volume = [[2, 4, 5, 4, 2]];
const sequence = [[2, 5, 4]];
const rows = [[3, 8]];

function layerCase(name: string, shapes: LayerCase['shapes'], layer: () => Layer, more: Partial<LayerCase> = {}): LayerCase {
  return { name, shapes, layer, ...more };
}

const activations = [
  'elu', 'selu', 'relu', 'relu6', 'linear', 'sigmoid', 'hardSigmoid', 'softplus', 'softsign', 'tanh', 'softmax',
  'logSoftmax', 'gelu', 'gelu_new', 'mish', 'swish',
] as const;
type ActivationName = NonNullable<Parameters<typeof layers.activation>[0]['activation']>;

const paddings = ['valid', 'same'] as const;

/** Kernel, stride, dilation: odd, even, one, larger than the stride, smaller than the stride. */
const windows = [
  { kernelSize: 3, strides: 1 },
  { kernelSize: 3, strides: 2 },
  { kernelSize: 2, strides: 2 },
  { kernelSize: 1, strides: 1 },
  { kernelSize: 1, strides: 2 },
  { kernelSize: 2, strides: 3 },
] as const;

const convolutions: LayerCase[] = paddings.flatMap((padding) =>
  windows.flatMap((window) => {
    const label = `kernel ${window.kernelSize} stride ${window.strides} ${padding}`;
    return [
      layerCase(`Conv1D ${label}`, [[2, 9, 3]], () => layers.conv1d({ ...window, filters: 4, padding })),
      layerCase(`Conv2D ${label}`, image, () => layers.conv2d({ ...window, filters: 4, padding })),
      layerCase(`Conv3D ${label}`, volume, () => layers.conv3d({ ...window, filters: 3, padding })),
      layerCase(`Conv2DTranspose ${label}`, [[2, 3, 4, 3]], () => layers.conv2dTranspose({ ...window, filters: 4, padding })),
      layerCase(`Conv3DTranspose ${label}`, [[2, 2, 3, 2, 2]], () => layers.conv3dTranspose({ ...window, filters: 3, padding })),
      layerCase(`DepthwiseConv2D ${label}`, image, () => layers.depthwiseConv2d({ ...window, depthMultiplier: 1, padding })),
      layerCase(`DepthwiseConv2D multiplier 2 ${label}`, image, () => layers.depthwiseConv2d({ ...window, depthMultiplier: 2, padding })),
      layerCase(`SeparableConv2D ${label}`, image, () => layers.separableConv2d({ ...window, filters: 4, padding })),
    ];
  }),
);

/** Height, width and depth differ: nothing may be mistaken for another axis. */
const oblong: LayerCase[] = paddings.flatMap((padding) => {
  const plane = { kernelSize: [2, 3] as [number, number], strides: [2, 1] as [number, number], padding };
  const cube = { kernelSize: [1, 2, 3] as [number, number, number], strides: [1, 2, 1] as [number, number, number], padding };
  const label = `kernel 2,3 stride 2,1 ${padding}`;
  return [
    layerCase(`Conv2D ${label}`, image, () => layers.conv2d({ ...plane, filters: 4 })),
    layerCase(`Conv2DTranspose ${label}`, image, () => layers.conv2dTranspose({ ...plane, filters: 4 })),
    layerCase(`Conv3D ${label}`, volume, () => layers.conv3d({ ...cube, filters: 3 })),
    layerCase(`Conv3DTranspose ${label}`, volume, () => layers.conv3dTranspose({ ...cube, filters: 3 })),
  ];
});

const dilated: LayerCase[] = paddings.flatMap((padding) => {
  const window = { kernelSize: 2, dilationRate: 2, padding };
  return [
    layerCase(`Conv1D dilation 2 ${padding}`, [[2, 9, 3]], () => layers.conv1d({ ...window, filters: 4 })),
    layerCase(`Conv2D dilation 2 ${padding}`, image, () => layers.conv2d({ ...window, filters: 4, dilationRate: [2, 2] })),
    layerCase(`Conv2D tanh dilation 2 ${padding}`, image, () => layers.conv2d({ ...window, filters: 4, dilationRate: [2, 2], activation: 'tanh' })),
    layerCase(`Conv3D dilation 2 ${padding}`, volume, () => layers.conv3d({ ...window, filters: 3, dilationRate: [2, 2, 2] })),
    layerCase(`SeparableConv2D dilation 2 ${padding}`, image, () => layers.separableConv2d({ ...window, filters: 4, dilationRate: [2, 2] })),
  ];
});

const poolings: LayerCase[] = paddings.flatMap((padding) =>
  ([[2, 2], [3, 1], [3, 2], [2, 3]] as const).flatMap(([poolSize, strides]) => {
    const label = `pool ${poolSize} stride ${strides} ${padding}`;
    const flat = { poolSize, strides, padding };
    const plane = { ...flat, poolSize: [poolSize, poolSize] as [number, number] , strides: [strides, strides] as [number, number] };
    const cube = { padding, poolSize: [poolSize, poolSize, poolSize] as [number, number, number], strides: [strides, strides, strides] as [number, number, number] };
    return [
      layerCase(`MaxPooling1D ${label}`, [[2, 7, 3]], () => layers.maxPooling1d(flat)),
      layerCase(`AveragePooling1D ${label}`, [[2, 7, 3]], () => layers.averagePooling1d(flat)),
      layerCase(`MaxPooling2D ${label}`, image, () => layers.maxPooling2d(plane)),
      layerCase(`AveragePooling2D ${label}`, image, () => layers.averagePooling2d(plane)),
      layerCase(`MaxPooling3D ${label}`, volume, () => layers.maxPooling3d(cube)),
      layerCase(`AveragePooling3D ${label}`, volume, () => layers.averagePooling3d(cube)),
    ];
  }),
);

const oblongPoolings: LayerCase[] = paddings.flatMap((padding) => {
  const plane = { poolSize: [2, 3] as [number, number], strides: [2, 1] as [number, number], padding };
  const cube = { poolSize: [2, 2, 3] as [number, number, number], strides: [1, 2, 1] as [number, number, number], padding };
  return [
    layerCase(`MaxPooling2D pool 2,3 stride 2,1 ${padding}`, image, () => layers.maxPooling2d(plane)),
    layerCase(`AveragePooling2D pool 2,3 stride 2,1 ${padding}`, image, () => layers.averagePooling2d(plane)),
    layerCase(`MaxPooling3D pool 2,2,3 stride 1,2,1 ${padding}`, volume, () => layers.maxPooling3d(cube)),
    layerCase(`AveragePooling3D pool 2,2,3 stride 1,2,1 ${padding}`, volume, () => layers.averagePooling3d(cube)),
  ];
});

const globalPoolings: LayerCase[] = [
  layerCase('GlobalAveragePooling1D', sequence, () => layers.globalAveragePooling1d({})),
  layerCase('GlobalMaxPooling1D', sequence, () => layers.globalMaxPooling1d({})),
  layerCase('GlobalAveragePooling2D', image, () => layers.globalAveragePooling2d({ dataFormat: 'channelsLast' })),
  layerCase('GlobalMaxPooling2D', image, () => layers.globalMaxPooling2d({ dataFormat: 'channelsLast' })),
];

const dense: LayerCase[] = [
  layerCase('Dense', rows, () => layers.dense({ units: 5 })),
  layerCase('Dense without bias', rows, () => layers.dense({ units: 5, useBias: false })),
  layerCase('Dense on a sequence', sequence, () => layers.dense({ units: 3, activation: 'tanh' })),
  layerCase('Embedding', [[2, 6]], () => layers.embedding({ inputDim: 5, outputDim: 3 }), { input: 'indices' }),
];

const normalizations: LayerCase[] = [true, false].flatMap((training) => {
  const mode = training ? 'training' : 'inference';
  return [
    layerCase(`BatchNormalization rank 2 ${mode}`, [[6, 4]], () => layers.batchNormalization({}), { training }),
    layerCase(`BatchNormalization rank 3 ${mode}`, sequence, () => layers.batchNormalization({}), { training }),
    layerCase(`BatchNormalization rank 4 ${mode}`, image, () => layers.batchNormalization({}), { training }),
    layerCase(`BatchNormalization axis 1 ${mode}`, image, () => layers.batchNormalization({ axis: 1 }), { training }),
    layerCase(`BatchNormalization without scale ${mode}`, image, () => layers.batchNormalization({ scale: false }), { training }),
    layerCase(`BatchNormalization without center ${mode}`, image, () => layers.batchNormalization({ center: false }), { training }),
  ];
});

const layerNorms: LayerCase[] = [
  layerCase('LayerNormalization', rows, () => layers.layerNormalization({})),
  layerCase('LayerNormalization rank 4', image, () => layers.layerNormalization({})),
  layerCase('LayerNormalization two axes', sequence, () => layers.layerNormalization({ axis: [1, 2] })),
  layerCase('LayerNormalization without scale and center', rows, () => layers.layerNormalization({ scale: false, center: false })),
];

const frames = [[2, 3, 4, 4, 2]];
const recurrent: LayerCase[] = [
  layerCase('SimpleRNN', sequence, () => layers.simpleRNN({ units: 3 })),
  layerCase('SimpleRNN sequences', sequence, () => layers.simpleRNN({ units: 3, returnSequences: true })),
  layerCase('LSTM', sequence, () => layers.lstm({ units: 3 })),
  layerCase('LSTM sigmoid sequences backwards', sequence, () => layers.lstm({ units: 3, recurrentActivation: 'sigmoid', returnSequences: true, goBackwards: true })),
  layerCase('GRU', sequence, () => layers.gru({ units: 3 })),
  layerCase('GRU sigmoid sequences', sequence, () => layers.gru({ units: 3, recurrentActivation: 'sigmoid', returnSequences: true })),
  layerCase('RNN of stacked cells', sequence, () => layers.rnn({ cell: [layers.lstmCell({ units: 3 }), layers.gruCell({ units: 2 }), layers.simpleRNNCell({ units: 2 })] })),
  layerCase('StackedRNNCells', sequence, () => layers.rnn({ cell: layers.stackedRNNCells({ cells: [layers.simpleRNNCell({ units: 3 }), layers.simpleRNNCell({ units: 2 })] }) })),
  layerCase('ConvLSTM2D', frames, () => layers.convLstm2d({ filters: 2, kernelSize: 3, recurrentActivation: 'sigmoid' })),
  layerCase('ConvLSTM2D same', frames, () => layers.convLstm2d({ filters: 2, kernelSize: 2, padding: 'same', recurrentActivation: 'sigmoid' })),
  layerCase('Bidirectional LSTM', sequence, () => layers.bidirectional({ layer: layers.lstm({ units: 2 }), mergeMode: 'concat' })),
  layerCase('Bidirectional GRU sum', sequence, () => layers.bidirectional({ layer: layers.gru({ units: 2, returnSequences: true }), mergeMode: 'sum' })),
  layerCase('Masking inside a model', sequence, () => sequential({ layers: [layers.dense({ units: 3, inputShape: [5, 4] }), layers.masking({ maskValue: 0 }), layers.lstm({ units: 2 })] })),
  layerCase('TimeDistributed Dense', sequence, () => layers.timeDistributed({ layer: layers.dense({ units: 3 }) })),
  layerCase('TimeDistributed Conv2D', frames, () => layers.timeDistributed({ layer: layers.conv2d({ filters: 2, kernelSize: 2 }) })),
];

const shaping: LayerCase[] = [
  layerCase('UpSampling2D nearest', image, () => layers.upSampling2d({ size: [2, 2] })),
  layerCase('UpSampling2D nearest 3x2', image, () => layers.upSampling2d({ size: [3, 2] })),
  layerCase('UpSampling2D bilinear', image, () => layers.upSampling2d({ size: [2, 2], interpolation: 'bilinear' })),
  layerCase('UpSampling2D bilinear 3x2', image, () => layers.upSampling2d({ size: [3, 2], interpolation: 'bilinear' })),
  layerCase('ZeroPadding2D', image, () => layers.zeroPadding2d({ padding: [[1, 2], [0, 3]] })),
  layerCase('Cropping2D', image, () => layers.cropping2D({ cropping: [[1, 2], [0, 3]] })),
  layerCase('Reshape', sequence, () => layers.reshape({ targetShape: [2, 10] })),
  layerCase('Permute', sequence, () => layers.permute({ dims: [2, 1] })),
  layerCase('Permute rank 4', image, () => layers.permute({ dims: [3, 1, 2] })),
  layerCase('Flatten', image, () => layers.flatten()),
  layerCase('RepeatVector', rows, () => layers.repeatVector({ n: 3 })),
  layerCase('Masking', sequence, () => layers.masking({ maskValue: 0 })),
  layerCase('Rescaling', image, () => layers.rescaling({ scale: 2, offset: -1 })),
  layerCase('Resizing bilinear', image, () => layers.resizing({ height: 8, width: 4, interpolation: 'bilinear' })),
  layerCase('Resizing nearest', image, () => layers.resizing({ height: 8, width: 4, interpolation: 'nearest' })),
];

const pair = [[3, 4], [3, 4]];
const three = [[2, 3, 4], [2, 3, 4], [2, 3, 4]];
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
  layerCase('Dot rank 3', [[2, 3, 4], [2, 5, 4]], () => layers.dot({ axes: 2 })),
  layerCase('Add broadcast', [[2, 3, 4], [2, 1, 4]], () => layers.add()),
  layerCase('Multiply broadcast', [[2, 5, 6, 3], [2, 1, 1, 3]], () => layers.multiply()),
  layerCase('Maximum broadcast', [[2, 3, 4], [2, 1, 4]], () => layers.maximum()),
  layerCase('Minimum broadcast', [[2, 3, 4], [2, 1, 4]], () => layers.minimum()),
];

const activationLayers: LayerCase[] = [
  ...activations.map((name) => layerCase(`Activation ${name}`, [[3, 8]], () => layers.activation({ activation: name as ActivationName }), { scale: 20 })),
  layerCase('ReLU', image, () => layers.reLU()),
  layerCase('ReLU max 0.5', image, () => layers.reLU({ maxValue: 0.5 })),
  layerCase('LeakyReLU', image, () => layers.leakyReLU({ alpha: 0.2 })),
  layerCase('PReLU', image, () => layers.prelu({})),
  layerCase('PReLU shared axes', image, () => layers.prelu({ sharedAxes: [1, 2] })),
  layerCase('ELU', image, () => layers.elu({ alpha: 1 })),
  layerCase('ThresholdedReLU', image, () => layers.thresholdedReLU({ theta: 0.3 })),
  layerCase('Softmax', rows, () => layers.softmax({})),
  layerCase('Dense gelu', rows, () => layers.dense({ units: 3, activation: 'gelu' as ActivationName })),
  layerCase('Conv2D relu', image, () => layers.conv2d({ filters: 2, kernelSize: 2, activation: 'relu' }), { step: 1e-3 }),
  layerCase('Conv2D without bias', image, () => layers.conv2d({ filters: 2, kernelSize: 2, useBias: false })),
  layerCase('Conv2D wide kernel', image, () => layers.conv2d({ filters: 2, kernelSize: [5, 1], padding: 'same' })),
  layerCase('Conv2D channelsFirst', image, () => layers.conv2d({ filters: 2, kernelSize: 2, dataFormat: 'channelsFirst' })),
  layerCase('MaxPooling2D channelsFirst', image, () => layers.maxPooling2d({ poolSize: 2, dataFormat: 'channelsFirst' })),
  layerCase('UpSampling2D channelsFirst', image, () => layers.upSampling2d({ size: [2, 2], dataFormat: 'channelsFirst' })),
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
  ...dense, ...convolutions, ...oblong, ...dilated, ...poolings, ...oblongPoolings, ...globalPoolings, ...normalizations, ...layerNorms,
  ...recurrent, ...shaping, ...merges, ...activationLayers, ...noise,
];
