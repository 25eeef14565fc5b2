import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { artifactsOf, MemoryHandler, quantized, weightBytes } from '../testing/memory-model.js';
import { dense, denseModel, pictureModel, pretrainedFrom } from '../testing/tiny-models.js';
import { loadPretrained } from './pretrained-model.js';
import { weightsOf } from './stored-weights.js';

let artifacts: tf.io.ModelArtifacts;
let tensors: number;

beforeAll(() => tf.setBackend('cpu'));
beforeEach(async () => {
  const model = denseModel();
  artifacts = await artifactsOf(model);
  model.dispose();
  tensors = tf.memory().numTensors;
});

const refused = (code: string) => expect.objectContaining({ name: 'GraftError', code });

describe('loadPretrained', () => {
  test('the weights that it was given, and nothing left after dispose', async () => {
    const pretrained = await loadPretrained(new MemoryHandler(artifacts));
    const values = weightsOf(pretrained.graph).flatMap(({ weight }) => Array.from(weight.read().dataSync()));
    expect(values).toEqual(Array.from(new Float32Array(weightBytes(artifacts).buffer)));
    pretrained.dispose();
    expect(tf.memory().numTensors).toBe(tensors);
  });

  test('weights under a constraint stay as they are in the file', async () => {
    const constrained = tfl.sequential({
      layers: [
        dense('bound', 3, { inputShape: [4], kernelConstraint: tfl.constraints.maxNorm({ maxValue: 0.5 }) }),
      ],
    });
    const stored = await artifactsOf(constrained);
    const pretrained = await loadPretrained(new MemoryHandler(stored));
    const [kernel] = weightsOf(pretrained.graph);
    const file = new Float32Array(weightBytes(stored).buffer, 0, 12);
    expect(Array.from(kernel?.weight.read().dataSync() ?? [])).toEqual(Array.from(file));
  });

  test('a recurrent layer, though nothing else has prepared TensorFlow.js', async () => {
    const lstm = tfl.layers.lstm({
      name: 'lstm',
      units: 2,
      inputShape: [3, 2],
      recurrentInitializer: 'zeros',
    });
    const stored = await artifactsOf(tfl.sequential({ layers: [lstm] }));
    const text = JSON.stringify(stored.modelTopology);
    expect(text).toContain('"recurrent_initializer":{"class_name":"Zeros","config":{}}');
    const modelTopology = JSON.parse(
      text.replace('"class_name":"Zeros","config":{}', '"class_name":"Orthogonal","config":{"gain":1}'),
    ) as object;
    const pretrained = await loadPretrained(new MemoryHandler({ ...stored, modelTopology }));
    expect(pretrained.graph.nodes.map(({ name }) => name).at(-1)).toBe('lstm');
    pretrained.dispose();
  });

  test('what Rescaling says of the input', async () => {
    const model = tfl.sequential({
      layers: [
        tfl.layers.rescaling({ scale: 1 / 255, inputShape: [8, 6, 3] }),
        tfl.layers.flatten(),
        dense('output', 2),
      ],
    });
    expect((await pretrainedFrom(model)).inputSpec).toMatchObject({
      width: 6,
      height: 8,
      channels: 3,
      range: [0, 255],
    });
    expect((await pretrainedFrom(pictureModel())).inputSpec).toBeNull();
  });

  test('metadata given by the caller wins', async () => {
    const userDefinedMetadata = { graft: { labels: ['a', 'b', 'c'], name: 'abc' } };
    const handler = new MemoryHandler({ ...artifacts, userDefinedMetadata });
    expect(await loadPretrained(handler)).toMatchObject({ name: 'abc', labels: ['a', 'b', 'c'] });
    const metadata = { labels: ['x', 'y', 'z'] };
    expect(await loadPretrained(handler, { metadata })).toMatchObject({
      name: 'abc',
      labels: ['x', 'y', 'z'],
    });
    await expect(
      loadPretrained(new MemoryHandler({ ...artifacts, userDefinedMetadata: { graft: { labels: 3 } } })),
    ).rejects.toThrow(refused('model/bad-metadata'));
  });
});

test('quantised weights come as TensorFlow.js dequantises them', async () => {
  for (const form of ['uint8', 'float16'] as const) {
    const stored = quantized(artifacts, () => form);
    const pretrained = await loadPretrained(new MemoryHandler(stored));
    const plain = await tfl.loadLayersModel(new MemoryHandler(stored));
    const ours = weightsOf(pretrained.graph).map(({ weight }) => Array.from(weight.read().dataSync()));
    expect(ours).toEqual(plain.getWeights().map((weight) => Array.from(weight.dataSync())));
    expect(
      ours.flat().some((value, index) => value !== new Float32Array(weightBytes(artifacts).buffer)[index]),
    ).toBe(true);
    pretrained.dispose();
    plain.dispose();
  }
});
