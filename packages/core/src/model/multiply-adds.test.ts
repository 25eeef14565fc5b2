import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { beforeAll, expect, test } from 'vitest';
import { prepareBackend } from '../tfjs/prepare-backend.js';
import { readLayerGraph } from './layer-graph.js';
import { multiplyAdds } from './multiply-adds.js';

const { layers } = tfl;
beforeAll(async () => {
  await tf.setBackend('cpu');
  prepareBackend('cpu');
});

test.each<[string, (number | null)[], () => tfl.layers.Layer, number | null]>([
  ['Dense', [10], () => layers.dense({ units: 4 }), 10 * 4],
  ['Dense over 7 steps', [7, 10], () => layers.dense({ units: 4 }), 7 * 10 * 4],
  [
    'Conv2D same',
    [8, 8, 16],
    () => layers.conv2d({ filters: 32, kernelSize: 3, padding: 'same' }),
    9 * 16 * 32 * 64,
  ],
  [
    'Conv2D stride 2, valid',
    [9, 9, 3],
    () => layers.conv2d({ filters: 8, kernelSize: 3, strides: 2 }),
    9 * 3 * 8 * 16,
  ],
  [
    'Conv2DTranspose',
    [4, 4, 3],
    () => layers.conv2dTranspose({ filters: 8, kernelSize: 2, strides: 2 }),
    4 * 3 * 8 * 16,
  ],
  [
    'DepthwiseConv2D',
    [8, 8, 16],
    () => layers.depthwiseConv2d({ kernelSize: 3, depthMultiplier: 2, padding: 'same' }),
    9 * 16 * 2 * 64,
  ],
  [
    'SeparableConv2D',
    [8, 8, 16],
    () => layers.separableConv2d({ filters: 4, kernelSize: 3, padding: 'same' }),
    (9 * 16 + 16 * 4) * 64,
  ],
  ['Conv1D', [10, 3], () => layers.conv1d({ filters: 5, kernelSize: 3 }), 3 * 3 * 5 * 8],
  ['LSTM', [6, 3], () => layers.lstm({ units: 5 }), 6 * (3 * 20 + 5 * 20)],
  ['GRU', [6, 3], () => layers.gru({ units: 5 }), 6 * (3 * 15 + 5 * 15)],
  [
    'Bidirectional LSTM',
    [6, 3],
    () => layers.bidirectional({ layer: layers.lstm({ units: 5 }) as tfl.RNN }),
    2 * 6 * (3 * 20 + 5 * 20),
  ],
  [
    'TimeDistributed Dense',
    [6, 3],
    () => layers.timeDistributed({ layer: layers.dense({ units: 5 }) }),
    6 * 3 * 5,
  ],
  ['Embedding: a look-up', [6], () => layers.embedding({ inputDim: 9, outputDim: 4 }), 0],
  ['BatchNormalization', [8], () => layers.batchNormalization(), 0],
  [
    'GlobalAveragePooling2D',
    [8, 8, 3],
    () => layers.globalAveragePooling2d({ dataFormat: 'channelsLast' }),
    0,
  ],
  ['Conv2D of unknown size', [null, null, 3], () => layers.conv2d({ filters: 8, kernelSize: 3 }), null],
  ['LSTM of unknown length', [null, 3], () => layers.lstm({ units: 5 }), null],
])('%s', (_, shape, layer, expected) => {
  const input = tfl.input({ shape });
  const model = tfl.model({ inputs: input, outputs: layer().apply(input) as tfl.SymbolicTensor });
  const node = readLayerGraph(model).nodes.at(-1);
  expect(node && multiplyAdds(node)).toBe(expected);
});
