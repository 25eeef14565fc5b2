import '@tensorflow/tfjs-backend-cpu';
import '@tensorflow/tfjs-backend-wasm';
import * as tf from '@tensorflow/tfjs-core';
import { test } from 'vitest';
import { layerCases } from './layer-cases.js';
import { gradientErrors, seededRandom, separatedValues, signed } from './finite-differences.js';
for (const b of ['cpu', 'wasm']) test(`sweep ${b}`, async () => {
  await tf.setBackend(b);
  const t0 = Date.now();
  let mx = 0;
  for (const c of layerCases) {
    const n0 = tf.memory().numTensors;
    try {
      const random = seededRandom(1);
      const layer = c.layer();
      const xs = c.shapes.map((s) => c.input === 'indices' ? tf.variable(tf.tensor(Int32Array.from({length: tf.util.sizeFromShape([...s])}, () => Math.floor(random()*5)), [...s], 'int32'), false) : tf.variable(tf.tensor(separatedValues(tf.util.sizeFromShape([...s]), random), [...s])));
      const call = () => { const out = layer.apply(xs.length === 1 ? xs[0]! : xs, { training: c.training ?? false }); return (Array.isArray(out) ? out[0] : out) as tf.Tensor; };
      call().dispose();
      layer.setWeights(layer.getWeights().map((w) => tf.tensor(Float32Array.from({length: w.size}, () => /x/.test('') ? 0 : signed(random) * 0.5), w.shape)));
      for (const w of layer.weights) if (/variance/.test(w.originalName)) (w as any).val.assign((w as any).val.abs());
      const ws = layer.trainableWeights.map((w) => w.read() as tf.Variable);
      const vars = [...(c.input === 'indices' ? [] : xs), ...ws];
      const e = gradientErrors({ forward: call, variables: vars, random, ...(c.step ? { step: c.step } : {}) });
      const m = Math.max(...e);
      if (!(m < 3e-3)) console.log(b, 'WRONG', c.name, e.map((v) => v.toExponential(1)).join(' ')); else mx = Math.max(mx, m);
    } catch (err) { console.log(b, 'THROWS', c.name, String(err).slice(0, 160)); }
  }
  console.log(b, layerCases.length, Date.now() - t0, 'ms', mx);
}, 300000);
