import '@tensorflow/tfjs-backend-cpu';
import '@tensorflow/tfjs-backend-wasm';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, test } from 'vitest';
import { prepareBackend } from './prepare-backend.js';
import { layerCases } from './testing/layer-cases.js';
import { checkLayer } from './testing/layer-check.js';

for (const backend of ['cpu', 'wasm']) {
  describe(backend, () => {
    beforeAll(async () => {
      await tf.setBackend(backend);
      prepareBackend(backend);
    });
    for (const c of layerCases) test(c.name, () => {
      const before = tf.memory().numTensors;
      const { errors } = checkLayer(c);
      for (const [name, e] of Object.entries(errors)) expect(e, name).toBeLessThan(3e-3);
      expect(tf.memory().numTensors).toBe(before);
    });
  });
}
