import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { beforeAll, describe, expect, test } from 'vitest';
import {
  featureScaling,
  foldInputs,
  foldOutputs,
  type Scaling,
  standardizeRows,
  targetScaling,
  unfoldInputs,
  unfoldOutputs,
} from './standardize.js';

beforeAll(() => tf.setBackend('cpu'));

const rows = { values: Float32Array.of(1, 100, 3, 300, 5, 200), shape: [2] };

function denseLayer(units: number) {
  const layer = tfl.layers.dense({
    units,
    inputShape: [2],
    kernelInitializer: tfl.initializers.glorotUniform({ seed: 1 }),
  });
  const model = tfl.sequential({ layers: [layer] });
  const [kernel, bias] = layer.weights as [tfl.LayerVariable, tfl.LayerVariable];
  tf.tidy(() => void bias.write(tf.linspace(-1, 1, units)));
  const answer = (values: Float32Array) =>
    Array.from((model.predict(tf.tensor2d(values, [3, 2])) as tf.Tensor).dataSync());
  return { weights: { kernel, bias }, answer };
}

const close = (received: number[], expected: number[]) => {
  expected.forEach((value, index) => {
    expect(received[index]).toBeCloseTo(value, 3);
  });
};

describe('features', () => {
  test('a folded layer answers to the features as they are what it answered to standardised ones', () => {
    const scaling = featureScaling(rows, 2);
    const { weights, answer } = denseLayer(2);
    const before = answer(standardizeRows(rows, scaling).values);
    foldInputs(weights, scaling);
    close(answer(rows.values), before);
    unfoldInputs(weights, scaling);
    close(answer(standardizeRows(rows, scaling).values), before);
  });

  test('standardised columns have mean 0', () => {
    const { values } = standardizeRows(rows, featureScaling(rows, 2));
    close(
      [0, 1].map((column) => [0, 2, 4].reduce((sum, row) => sum + (values[row + column] as number), 0)),
      [0, 0],
    );
  });

  test('features that are all constant keep a scale of 1, whatever rounding does', () => {
    const constant = {
      values: Float32Array.from({ length: 66 }, (_, index) => (index % 2 ? 0.1 : 0.7)),
      shape: [2],
    };
    expect(Array.from(featureScaling(constant, 2).scale)).toEqual([1, 1]);
  });
});

describe('targets', () => {
  test('a folded layer answers in the units of the targets', () => {
    const scaling: Scaling = targetScaling([1e6, 1.02e6, 0.98e6]);
    const { weights, answer } = denseLayer(1);
    const before = answer(rows.values);
    foldOutputs(weights, scaling);
    const [mean, scale] = [scaling.mean[0] as number, scaling.scale[0] as number];
    close(
      answer(rows.values).map((value) => (value - mean) / scale),
      before,
    );
    unfoldOutputs(weights, scaling);
    close(answer(rows.values), before);
  });

  test('equal targets have a scale of 1', () => {
    expect(targetScaling([5, 5])).toEqual({ mean: Float64Array.of(5), scale: Float64Array.of(1) });
  });
});
