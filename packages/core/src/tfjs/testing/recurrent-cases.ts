import { layers, sequential } from '@tensorflow/tfjs-layers';
import { type LayerCase, layerCase, sequence } from './layer-case.js';

const frames = [[2, 3, 4, 4, 2]];
export const recurrentCases: readonly LayerCase[] = [
  layerCase('SimpleRNN', sequence, () => layers.simpleRNN({ units: 3 })),
  layerCase('SimpleRNN sequences', sequence, () => layers.simpleRNN({ units: 3, returnSequences: true })),
  layerCase('LSTM', sequence, () => layers.lstm({ units: 3 })),
  layerCase('LSTM sigmoid sequences backwards', sequence, () =>
    layers.lstm({ units: 3, recurrentActivation: 'sigmoid', returnSequences: true, goBackwards: true }),
  ),
  layerCase('GRU', sequence, () => layers.gru({ units: 3 })),
  layerCase('GRU sigmoid sequences', sequence, () =>
    layers.gru({ units: 3, recurrentActivation: 'sigmoid', returnSequences: true }),
  ),
  layerCase('RNN of stacked cells', sequence, () =>
    layers.rnn({
      cell: [layers.lstmCell({ units: 3 }), layers.gruCell({ units: 2 }), layers.simpleRNNCell({ units: 2 })],
    }),
  ),
  layerCase('StackedRNNCells', sequence, () =>
    layers.rnn({
      cell: layers.stackedRNNCells({
        cells: [layers.simpleRNNCell({ units: 3 }), layers.simpleRNNCell({ units: 2 })],
      }),
    }),
  ),
  layerCase('ConvLSTM2D', frames, () =>
    layers.convLstm2d({ filters: 2, kernelSize: 3, recurrentActivation: 'sigmoid' }),
  ),
  layerCase('ConvLSTM2D same', frames, () =>
    layers.convLstm2d({ filters: 2, kernelSize: 2, padding: 'same', recurrentActivation: 'sigmoid' }),
  ),
  layerCase('Bidirectional LSTM', sequence, () =>
    layers.bidirectional({ layer: layers.lstm({ units: 2 }), mergeMode: 'concat' }),
  ),
  layerCase('Bidirectional GRU sum', sequence, () =>
    layers.bidirectional({ layer: layers.gru({ units: 2, returnSequences: true }), mergeMode: 'sum' }),
  ),
  layerCase('LSTM one step', [[2, 1, 4]], () => layers.lstm({ units: 3 })),
  layerCase('GRU one step', [[2, 1, 4]], () => layers.gru({ units: 3, returnSequences: true })),
  layerCase('Masking inside a model', sequence, () =>
    sequential({
      layers: [
        layers.dense({ units: 3, inputShape: [5, 4] }),
        layers.masking({ maskValue: 0 }),
        layers.lstm({ units: 2 }),
      ],
    }),
  ),
  layerCase('TimeDistributed Dense', sequence, () =>
    layers.timeDistributed({ layer: layers.dense({ units: 3 }) }),
  ),
  layerCase('TimeDistributed Conv2D', frames, () =>
    layers.timeDistributed({ layer: layers.conv2d({ filters: 2, kernelSize: 2 }) }),
  ),
];
