import * as tf from '@tensorflow/tfjs-core';
import { layers } from '@tensorflow/tfjs-layers';
import { beforeAll, describe, expect, test } from 'vitest';
import { prepareBackend } from './prepare-backend.js';
import { backendsUnderTest } from './testing/backends.js';
import { layerCases } from './testing/layer-cases.js';
import { checkLayer } from './testing/layer-check.js';
import { untrainableReason } from './untrainable.js';

/** Float32 central differences are good to 1e-3 of the gradient's length; a wrong gradient is off by 1e-2 and more. */
const tolerance = 3e-3;

const referenceOutputs = new Map<string, Float32Array>();

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

    test.each(layerCases)('$name', (layerCase) => {
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
  prepareBackend('cpu');
  const parts = ['SimpleRNNCell', 'GRUCell', 'LSTMCell', 'ConvLSTM2DCell', 'StackedRNNCells', 'Sequential'];
  const containers = ['InputLayer', 'Model', 'Functional'];
  const checked = new Set(layerCases.map(({ layer }) => layer().getClassName()));
  const unknown = registeredLayerClasses().filter(
    (name) =>
      !checked.has(name) && !parts.includes(name) && !containers.includes(name) && untrainableReason(name, {}) === null,
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
