import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { beforeAll, describe, expect, test } from 'vitest';
import { freeze } from '../freezing/freeze.js';
import { freezeLine } from '../freezing/freeze-line.js';
import { type HeadBuilder, standardHead } from '../model/heads.js';
import { replaceHead } from '../model/replace-head.js';
import { weightsOf } from '../model/stored-weights.js';
import { canMove } from '../model/transfer-model.js';
import { denseModel, pretrainedFrom } from '../testing/tiny-models.js';
import { forwardPieceSize, pick, piecesOf, stepPieceSize } from './pieces.js';

beforeAll(() => tf.setBackend('cpu'));

test.each([
  [8, 8, [8]],
  [8, 100, [8]],
  [8, 3, [2, 3, 3]],
  [7, 2, [1, 2, 2, 2]],
  [3, 1, [1, 1, 1]],
])('%d examples in pieces of at most %d: %j', (examples, most, sizes) => {
  const pieces = piecesOf(examples, most);
  expect(pieces.map(({ begin, end }) => end - begin)).toEqual(sizes);
  expect(
    pieces.flatMap(({ begin, end }) => Array.from({ length: end - begin }, (_, i) => begin + i)),
  ).toEqual(Array.from({ length: examples }, (_, index) => index));
});

test("pieces of a batch hold its examples in order, and are the caller's", () => {
  const tensors = tf.memory().numTensors;
  const batch = tf.tensor2d(
    Array.from({ length: 14 }, (_, index) => index),
    [7, 2],
  );
  const parts = piecesOf(7, 3).map((piece) => pick(batch, piece));
  expect(parts.flatMap((part) => Array.from(part.dataSync()))).toEqual(Array.from(batch.dataSync()));
  tf.dispose([batch, ...parts]);
  expect(tf.memory().numTensors).toBe(tensors);
});

const linear = standardHead({ kind: 'linear' }, { units: 2, activation: 'softmax', seed: 1 });

/** A picture of any size, or of one that is known: a convolution of 9 x 16 x 64 weights between two small ones. */
function convolutions(size: number | null, more: readonly tfl.layers.Layer[] = []): tfl.LayersModel {
  const conv = (filters: number) => tfl.layers.conv2d({ filters, kernelSize: 3, padding: 'same' });
  const first = tfl.layers.conv2d({
    ...{ filters: 16, kernelSize: 3, padding: 'same', name: 'first' },
    inputShape: [size, size, 3],
  });
  const pool = tfl.layers.globalAveragePooling2d({ name: 'pool', dataFormat: 'channelsLast' });
  return tfl.sequential({ layers: [first, ...more, conv(64), pool] });
}

/** The piece sizes of a model for 32 examples of a shape, with everything free. */
async function pieceSizes(
  model: tfl.LayersModel,
  cut: string,
  shape: readonly number[],
  { batchNorm = 'frozen' as 'frozen' | 'train', head = linear as HeadBuilder } = {},
) {
  const pretrained = await pretrainedFrom(model);
  const transfer = replaceHead(pretrained, { cut, head, labels: ['a', 'b'], task: 'classify' });
  freeze(transfer, 'nothing', batchNorm);
  const from = transfer.graph.inputs[0] as number;
  const view = { prefix: [], line: freezeLine(transfer), from };
  const movable = weightsOf(transfer.graph).filter((named) => canMove(transfer, named));
  const sizes = {
    step: stepPieceSize(view, movable, [32, ...shape]),
    forward: forwardPieceSize(transfer.graph.nodes, from, [32, ...shape]),
  };
  transfer.dispose();
  pretrained.dispose();
  return sizes;
}

describe('piece sizes', () => {
  test('a small model takes whole batches', async () => {
    expect(await pieceSizes(denseModel(), 'second', [4])).toEqual({ step: 32, forward: 32 });
  });

  test.each([224, null])('pictures of 224 x 224, known to the model as %s: a few at once', async (size) => {
    const sizes = await pieceSizes(convolutions(size), 'pool', [224, 224, 3]);
    expect(sizes).toEqual({ step: 1, forward: 6 });
  });

  test('a larger picture makes a smaller piece', async () => {
    const at = async (size: number) => (await pieceSizes(convolutions(null), 'pool', [size, size, 3])).step;
    expect(await Promise.all([16, 64, 96].map(at))).toEqual([32, 7, 3]);
  });

  const norm = () => tfl.layers.batchNormalization({ name: 'norm' });

  test('frozen BatchNormalization: pieces; batch statistics: whole batches', async () => {
    const step = async (batchNorm: 'frozen' | 'train') =>
      (await pieceSizes(convolutions(96, [norm()]), 'pool', [96, 96, 3], { batchNorm })).step;
    expect(await step('frozen')).toBeLessThan(32);
    expect(await step('train')).toBe(32);
  });

  test('a new BatchNormalization layer always trains: whole batches', async () => {
    const head: HeadBuilder = (features) => linear(norm().apply(features) as tfl.SymbolicTensor);
    expect((await pieceSizes(convolutions(96), 'pool', [96, 96, 3], { head })).step).toBe(32);
  });
});

test('a recurrent layer that keeps its state: whole batches', () => {
  const layer = tfl.layers.lstm({ units: 512, stateful: true, batchInputShape: [32, 4000, 512] });
  const name = 'lstm';
  const shapes = { inputShapes: [[32, 4000, 512]], outputShapes: [[32, 512]] };
  const node = { name, layer, inputs: [0], outputs: [1], callArgs: {}, ...shapes };
  expect(forwardPieceSize([node], 0, [32, 4000, 512])).toBe(32);
});
