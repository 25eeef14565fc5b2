import * as tf from '@tensorflow/tfjs-core';
import { layers } from '@tensorflow/tfjs-layers';
import { beforeAll, describe, expect, test, vi } from 'vitest';
import { prepareBackend } from './prepare-backend.js';
import { backendsUnderTest } from './testing/backends.js';
import { layerCases } from './testing/layer-cases.js';
import { checkLayer } from './testing/layer-check.js';
import { untrainableReason } from './untrainable.js';

/** Float32 central differences are good to 1e-3 of the gradient's length; a wrong gradient is off by 1e-2 and more. */
const tolerance = 3e-3;

// Recurrent layers take seconds on a busy machine.
vi.setConfig({ testTimeout: 30_000 });

const dilated = [
  'Conv3D dilation 2 valid',
  'SeparableConv2D dilation 2 valid',
  'Conv3D dilation 2 same',
  'SeparableConv2D dilation 2 same',
];
const sparse = [
  'Conv3D kernel 1 stride 2 same',
  'Conv3DTranspose kernel 1 stride 2 same',
  'Conv3D kernel 2 stride 3 same',
  'Conv3DTranspose kernel 2 stride 3 same',
  'MaxPooling3D pool 2 stride 3 same',
  'AveragePooling3D pool 2 stride 3 same',
];

const referenceOutputs = new Map<string, Float32Array>();

// Some layers make tensors when they are created.
await tf.setBackend('cpu');
prepareBackend('cpu');
const created = layerCases.map(({ name, layer }) => ({ name, layer: layer() }));

for (const { name: backend, skipped } of await backendsUnderTest()) {
  if (skipped !== null) {
    test.skip(`gradients on ${backend}: ${skipped}`);
    continue;
  }
  describe(`gradients on ${backend}`, () => {
    beforeAll(async () => {
      await tf.setBackend(backend);
      prepareBackend(backend);
    });

    const refused = created.filter(
      ({ layer }) => untrainableReason(layer.getClassName(), layer.getConfig(), backend) !== null,
    );
    const names = refused.map(({ name }) => name);

    test('refuses exactly what is known to be wrong', () => {
      expect(names).toEqual(backend === 'tensorflow' ? dilated : sparse);
    });

    test.each(layerCases.filter(({ name }) => !names.includes(name)))('$name', (layerCase) => {
      const before = tf.memory().numTensors;
      const { errors, output } = checkLayer(layerCase);
      expect(tf.memory().numTensors).toBe(before);
      for (const [of, error] of Object.entries(errors)) {
        expect(error, `gradient with respect to ${of}`).toBeLessThan(tolerance);
      }
      // A gradient can agree with a forward pass that is wrong itself.
      const reference = referenceOutputs.get(layerCase.name) ?? output;
      expect(furthest(output, reference)).toBeLessThan(1e-4);
      if (backend === 'cpu') referenceOutputs.set(layerCase.name, output);
    });
  });
}

test('every layer class of tfjs-layers is checked, is part of one that is, or is refused', () => {
  const parts = ['SimpleRNNCell', 'GRUCell', 'LSTMCell', 'ConvLSTM2DCell', 'StackedRNNCells', 'Sequential'];
  const containers = ['InputLayer', 'Model', 'Functional'];
  const checked = new Set(created.map(({ layer }) => layer.getClassName()));
  const unknown = registeredLayerClasses().filter(
    (name) =>
      !checked.has(name) &&
      !parts.includes(name) &&
      !containers.includes(name) &&
      untrainableReason(name, {}, 'cpu') === null,
  );
  expect(unknown).toEqual([]);
});

function registeredLayerClasses(): string[] {
  const { classNameMap } = tf.serialization.SerializationMap.getMap();
  return Object.entries(classNameMap)
    .filter(([, [registered]]) => registered.prototype instanceof layers.Layer)
    .map(([name]) => name);
}

function furthest(a: Float32Array, b: Float32Array): number {
  return a.reduce((most, value, i) => Math.max(most, Math.abs(value - (b[i] ?? Number.NaN))), 0);
}
