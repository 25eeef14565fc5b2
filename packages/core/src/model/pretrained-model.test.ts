import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { artifactsOf, MemoryHandler, quantized, weightBytes } from '../testing/memory-model.js';
import { dense, denseModel, pictureModel, pretrainedFrom } from '../testing/tiny-models.js';
import { loadPretrained } from './pretrained-model.js';
import { weightsOf } from './stored-weights.js';

type Topology = { config: { layers: { class_name: string; config: Record<string, unknown> }[] } };

let artifacts: tf.io.ModelArtifacts;
let tensors: number;

beforeAll(() => tf.setBackend('cpu'));
beforeEach(async () => {
  const model = denseModel();
  artifacts = await artifactsOf(model);
  model.dispose();
  tensors = tf.memory().numTensors;
});

/** Loads the model after a change to its topology. */
async function loadChanged(change: (layers: Topology['config']['layers']) => void): Promise<unknown> {
  const topology = JSON.parse(JSON.stringify(artifacts.modelTopology)) as Topology;
  change(topology.config.layers);
  return loadPretrained(new MemoryHandler({ ...artifacts, modelTopology: topology }));
}

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

describe('hostile or damaged models are refused, and leave nothing behind', () => {
  test.each([
    'Lambda',
    'TFOpLambda',
    'constructor',
    '__proto__',
    'toString',
    'hasOwnProperty',
    'Nonsense',
    '',
  ])('layer class %j', async (className) => {
    const load = loadChanged((layers) => {
      (layers[0] as { class_name: string }).class_name = className;
    });
    await expect(load).rejects.toThrow(refused('model/unknown-layer-class'));
    expect(tf.memory().numTensors).toBe(tensors);
  });

  test.each([
    ['units beyond the stored values', { units: 1e9 }],
    ['units that are no number', { units: 'many' }],
    ['negative units', { units: -3 }],
    ['an input shape of 10^12 values', { batch_input_shape: [null, 1e6, 1e6] }],
    ['a negative input shape', { batch_input_shape: [null, -4] }],
    ['a fractional input shape', { batch_input_shape: [null, 4.5] }],
    ['an unknown activation', { activation: 'constructor' }],
    ['an unknown initializer', { kernel_initializer: { class_name: 'Lambda', config: {} } }],
  ])('%s', async (_, config) => {
    const load = loadChanged((layers) => {
      Object.assign((layers[0] as Topology['config']['layers'][number]).config, config);
    });
    await expect(load).rejects.toThrow(expect.objectContaining({ family: 'model' }));
  });

  test('a topology nested without end', async () => {
    let deep: unknown = 1;
    for (let level = 0; level < 200; level++) deep = { deep };
    await expect(
      loadPretrained(new MemoryHandler({ ...artifacts, modelTopology: deep as object })),
    ).rejects.toThrow(refused('model/bad-topology'));
  });

  test.each([null, undefined, [], 'text', 5])('a topology that is %j', async (topology) => {
    const load = loadPretrained(
      new MemoryHandler({ ...artifacts, modelTopology: topology as unknown as object }),
    );
    await expect(load).rejects.toThrow(refused('model/bad-topology'));
  });

  test('prototype keys pollute nothing', async () => {
    const text = JSON.stringify(artifacts.modelTopology).replace(
      '"name":"first"',
      '"name":"first","__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}}',
    );
    await loadPretrained(
      new MemoryHandler({ ...artifacts, modelTopology: JSON.parse(text) as object }),
    ).catch(() => {});
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
  });

  const changedBytes = (bytes: Uint8Array): tf.io.ModelArtifacts => ({
    ...artifacts,
    weightData: bytes.slice().buffer,
  });
  test.each([
    ['a byte short', () => changedBytes(weightBytes(artifacts).subarray(1))],
    ['four bytes too many', () => changedBytes(new Uint8Array([...weightBytes(artifacts), 0, 0, 0, 0]))],
    ['none', () => changedBytes(new Uint8Array(0))],
  ])('weight bytes: %s', async (_, damaged) => {
    await expect(loadPretrained(new MemoryHandler(damaged()))).rejects.toThrow(refused('model/bad-weights'));
    expect(tf.memory().numTensors).toBe(tensors);
  });

  type Spec = tf.io.WeightsManifestEntry;
  const withSpecs = (change: (specs: Spec[]) => unknown[]) => ({
    ...artifacts,
    weightSpecs: change([...(artifacts.weightSpecs ?? [])]) as Spec[],
  });
  test.each<[string, string, (specs: Spec[]) => unknown[]]>([
    [
      'a shape of 2^53',
      'model/bad-weights',
      ([first, ...rest]) => [{ ...first, shape: [2 ** 53, 4] }, ...rest],
    ],
    ['a negative shape', 'model/bad-weights', ([first, ...rest]) => [{ ...first, shape: [-4, -5] }, ...rest]],
    [
      'a fractional shape',
      'model/bad-weights',
      ([first, ...rest]) => [{ ...first, shape: [0.5, 40] }, ...rest],
    ],
    [
      'another shape of the same size',
      'model/bad-weights',
      ([first, ...rest]) => [{ ...first, shape: [5, 4] }, ...rest],
    ],
    [
      'text instead of numbers',
      'model/bad-weights',
      ([first, ...rest]) => [{ ...first, dtype: 'string' }, ...rest],
    ],
    [
      'a class as a type',
      'model/bad-weights',
      ([first, ...rest]) => [{ ...first, dtype: 'constructor' }, ...rest],
    ],
    [
      'another name',
      'model/missing-weight',
      ([first, ...rest]) => [{ ...first, name: 'other/kernel' }, ...rest],
    ],
  ])('a weight with %s', async (_, code, change) => {
    await expect(loadPretrained(new MemoryHandler(withSpecs(change)))).rejects.toThrow(refused(code));
    expect(tf.memory().numTensors).toBe(tensors);
  });

  test('a weight that no layer has', async () => {
    const weightData = new Uint8Array([...weightBytes(artifacts), 0, 0, 0, 0]).buffer;
    const weightSpecs = [
      ...(artifacts.weightSpecs ?? []),
      { name: 'extra', shape: [1], dtype: 'float32' as const },
    ];
    await expect(
      loadPretrained(new MemoryHandler({ ...artifacts, weightSpecs, weightData })),
    ).rejects.toThrow(refused('model/unused-weight'));
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
