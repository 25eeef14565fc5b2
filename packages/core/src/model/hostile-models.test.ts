import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { artifactsOf, MemoryHandler, weightBytes } from '../testing/memory-model.js';
import { denseModel } from '../testing/tiny-models.js';
import { loadPretrained } from './pretrained-model.js';

type Config = Record<string, unknown>;
interface LayerJson {
  class_name: unknown;
  config: Config;
}
/** What a mechanism does to the layers of the dense model: `first` (5 units), `second` (4), `output` (3). */
type Change = (layers: [LayerJson, LayerJson, LayerJson]) => unknown;
type Spec = tf.io.WeightsManifestEntry;

let artifacts: tf.io.ModelArtifacts;
let tensors: number;

beforeAll(async () => {
  await tf.setBackend('cpu');
  const model = denseModel();
  artifacts = await artifactsOf(model);
  model.dispose();
});
beforeEach(() => {
  tensors = tf.memory().numTensors;
});

/** Refused with a typed error; nothing is left, nothing large was allocated, no prototype was touched. */
async function refused(hostile: Partial<tf.io.ModelArtifacts>, code: string | RegExp): Promise<void> {
  const rss = process.memoryUsage.rss();
  const begin = performance.now();
  const loading = loadPretrained(new MemoryHandler({ ...artifacts, ...hostile }));
  await expect(loading).rejects.toMatchObject({
    name: 'GraftError',
    code: expect.stringMatching(code),
    message: expect.toSatisfy((message: string) => message.length < 600),
  });
  expect(performance.now() - begin).toBeLessThan(5000);
  expect(process.memoryUsage.rss() - rss).toBeLessThan(400e6);
  expect(tf.memory().numTensors).toBe(tensors);
  expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
}

/** The topology after a change; what the change returns takes its place. */
function changed(change: Change): object {
  const topology = structuredClone(artifacts.modelTopology) as { config: { layers: Parameters<Change>[0] } };
  return (change(topology.config.layers) as object | undefined) ?? topology;
}

const sequential = (...layers: object[]) => ({ class_name: 'Sequential', config: { name: 'model', layers } });
const input = (...shape: unknown[]) => ({
  class_name: 'InputLayer',
  config: { name: 'input', batch_input_shape: [null, ...shape] },
});
const layer = (class_name: unknown, config: Config = {}) => ({
  class_name,
  config: { name: `${class_name}`.toLowerCase(), ...config },
});
const set = (config: Config) => (layers: Parameters<Change>[0]) =>
  void Object.assign(layers[1].config, config);
const className = (name: unknown) => (layers: Parameters<Change>[0]) => {
  layers[1].class_name = name;
};

/** A functional model of `start` and layers of [name, own name, input, application of it, key of the inputs]. */
const wired = (...layers: [name: string, own: string, from: string, nth?: number, key?: string][]) => ({
  class_name: 'Functional',
  config: {
    name: 'wired',
    layers: [
      {
        class_name: 'InputLayer',
        name: 'start',
        config: { name: 'start', batch_input_shape: [null, 4] },
        inbound_nodes: [],
      },
      ...layers.map(([name, own, from, nth = 0, key = 'inbound_nodes']) => ({
        ...layer('Activation', { name: own, activation: 'relu' }),
        name,
        [key]: [[[from, nth, 0, {}]]],
      })),
    ],
    input_layers: [['start', 0, 0]],
    output_layers: [[layers.at(-1)?.[0], 0, 0]],
  },
});

const lambda = layer('Lambda', {
  function: ['4wEAAAAAAAAAAAAAAAEAAABDAAAA', null, null],
  function_type: 'lambda',
});
const rnn = (cell: object) => sequential(input(3, 2), layer('RNN', { cell }));

describe('code in models', () => {
  const mechanisms: [string, Change][] = [
    ['a Lambda with bytecode', (layers) => void layers.splice(1, 1, lambda)],
    ['an operation as a Lambda', className('TFOpLambda')],
    [
      'a SavedModel on the disk',
      (layers) => void layers.splice(1, 1, layer('TFSMLayer', { filepath: '/tmp/x' })),
    ],
    ['a class of another package', className('package>Custom')],
    ['a class that is nowhere', className('Nonsense')],
    ['no name', className('')],
    ['__proto__', className('__proto__')],
    ['constructor', className('constructor')],
    ['toString', className('toString')],
    ['hasOwnProperty', className('hasOwnProperty')],
    ['a list with a name in it', className(['Dense'])],
    ['an object with a toString', className({ toString: 'Dense' })],
    ['an optimizer as a layer', className('Adam')],
    ['an initializer as a layer', className('Zeros')],
    ['an activation as a layer', className('relu')],
    [
      'a class under a key with two underscores',
      (layers) => void Object.assign(layers[1], { class__name: 'Lambda' }),
    ],
    [
      'a second class under a key in camel case',
      (layers) => void Object.assign(layers[1], { className: 'Lambda' }),
    ],
    [
      'a Lambda in a wrapper',
      (layers) => void layers.splice(1, 1, layer('TimeDistributed', { layer: lambda })),
    ],
    ['a Lambda in two directions', () => sequential(input(3, 2), layer('Bidirectional', { layer: lambda }))],
    ['a Lambda as a cell', () => rnn(lambda)],
    ['a Lambda among stacked cells', () => rnn(layer('StackedRNNCells', { cells: [lambda] }))],
    ['a Lambda in a nested model', (layers) => void layers.splice(1, 1, { ...sequential(input(5), lambda) })],
    ['a Lambda in a whole Keras file', () => ({ model_config: sequential(input(4), lambda) })],
    ['an initializer that is a Lambda', set({ kernel_initializer: lambda })],
    ['an initializer that is a layer', set({ kernel_initializer: layer('Dense', { units: 4 }) })],
    ['an initializer by the name of an optimizer', set({ bias_initializer: 'Adam' })],
    ['an initializer from the prototype', set({ bias_initializer: 'constructor' })],
    ['a regularizer that is a layer', set({ kernel_regularizer: layer('Flatten') })],
    ['a regularizer that is an activation', set({ activity_regularizer: 'relu' })],
    ['a constraint that is an initializer', set({ kernel_constraint: { class_name: 'Ones', config: {} } })],
    ['a constraint from the prototype', set({ bias_constraint: '__proto__' })],
    ['an activation that is a layer', set({ activation: 'flatten' })],
    ['an activation that is a layer of its name', set({ activation: 'Softmax' })],
    ['an activation from the prototype', set({ activation: 'constructor' })],
    ['an activation that is a Lambda', set({ activation: lambda })],
    ['an activation in a cell', () => rnn(layer('LSTMCell', { units: 2, recurrent_activation: 'Dense' }))],
  ];
  it.each(mechanisms)('%s', async (_name, change) => {
    await refused({ modelTopology: changed(change) }, /^model\/unknown-layer-class$/);
  });

  const misshapen: [string, Change][] = [
    ['a class without a configuration', (layers) => void Reflect.deleteProperty(layers[1], 'config')],
    ['a configuration that is null', (layers) => void Object.assign(layers[1], { config: null })],
    ['a layer in place of a model', () => layer('Dense', { units: 3, batch_input_shape: [null, 4] })],
    ['layers that are no list', () => ({ class_name: 'Sequential', config: { layers: { length: 3 } } })],
    ['a layer that is text', (layers) => void layers.splice(1, 1, 'Lambda' as never)],
    ['two layers of one name', (layers) => void Object.assign(layers[1].config, { name: 'first' })],
    [
      'a layer named from the prototype',
      (layers) => void Object.assign(layers[1].config, { name: '__proto__' }),
    ],
    ['a layer named constructor', (layers) => void Object.assign(layers[1].config, { name: 'constructor' })],
    ['a layer that is its own input', () => wired(['a', 'a', 'a'])],
    ['two layers that wait for each other', () => wired(['a', 'a', 'b'], ['b', 'b', 'a'])],
    ['an input that is not there', () => wired(['a', 'a', 'nowhere'])],
    ['an input from the prototype', () => wired(['a', 'a', 'constructor'])],
    ['an application that never comes', () => wired(['a', 'a', 'start', 1])],
    ['a layer that waits under a key in camel case', () => wired(['a', 'a', 'a', 0, 'inboundNodes'])],
    ['a layer that waits under a misspelt key', () => wired(['a', 'a', 'a', 0, 'inbound__nodes'])],
    [
      'layers that take each other for themselves',
      () => wired(['a', 'x', 'start'], ['b', 'x', 'start'], ['c', 'c', 'b']),
    ],
    ['a layer under two names', () => wired(['a', 'b', 'start'])],
    ['inputs that are no lists', () => wired(['a', 'a', { 0: 'start' } as never])],
  ];
  it.each(misshapen)('%s', async (_name, change) => {
    await refused({ modelTopology: changed(change) }, /^model\//);
  });

  it('prototype keys pollute nothing', async () => {
    const text = JSON.stringify(artifacts.modelTopology).replace(
      '"name":"first"',
      '"name":"first","__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}}',
    );
    await loadPretrained(
      new MemoryHandler({ ...artifacts, modelTopology: JSON.parse(text) as object }),
    ).catch(() => {});
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
  });

  it('classes of the right kind, and those that were registered from code, are taken', async () => {
    class Scaled extends tf.serialization.Serializable {
      static readonly className = 'Scaled';
      getConfig = () => ({});
      apply = (x: tf.Tensor) => tf.mul(x, 2);
    }
    tf.serialization.registerClass(Scaled);
    const config = {
      activation: 'Scaled',
      kernel_initializer: 'glorot_uniform',
      bias_initializer: { class_name: 'Zeros', config: {} },
      kernel_regularizer: { class_name: 'L1L2', config: { l1: 0, l2: 0.1 } },
      kernel_constraint: 'unit_norm',
      activity_regularizer: null,
    };
    const training = { training_config: { optimizer_config: { class_name: 'RMSprop', config: {} } } };
    const modelTopology = { model_config: changed(set(config)), ...training };
    const pretrained = await loadPretrained(new MemoryHandler({ ...artifacts, modelTopology }));
    pretrained.dispose();
  });
});

describe('shape and heap bombs', () => {
  const pictures = (...layers: object[]) => sequential(input(8, 8, 1), ...layers);
  const conv = (config: Config) => pictures(layer('Conv2D', { filters: 1, kernel_size: [3, 3], ...config }));
  /** Models in models, each applying the one inside twice, end to end: 2^levels layers, opened up. */
  const doubling = (levels: number): object => {
    const [name, first] = [`i${levels}`, levels === 0 ? 0 : 1]; // a model counts as applied once when it is made
    const inner = levels === 0 ? layer('Activation', { activation: 'relu' }) : doubling(levels - 1);
    const twice = [[[name, 0, 0, {}]], [['inner', first, 0, {}]]];
    return {
      class_name: 'Functional',
      config: {
        name: `m${levels}`,
        layers: [
          {
            class_name: 'InputLayer',
            name,
            config: { name, batch_input_shape: [null, 2] },
            inbound_nodes: [],
          },
          {
            ...inner,
            name: 'inner',
            config: { ...(inner as LayerJson).config, name: 'inner' },
            inbound_nodes: twice,
          },
        ],
        input_layers: [[name, 0, 0]],
        output_layers: [['inner', first + 1, 0]],
      },
    };
  };
  const nested = (levels: number) => {
    let value: object = {};
    for (let level = 0; level < levels; level++) value = { value };
    return value;
  };

  const mechanisms: [string, Change][] = [
    ['units for gigabytes', set({ units: 1e9 })],
    ['units each of which fits, whose product does not', set({ units: 40 })],
    ['units of 2^53', set({ units: 2 ** 53 })],
    ['units of 1e999', set({ units: Number.POSITIVE_INFINITY })],
    ['units that are no number', set({ units: Number.NaN })],
    ['units as text', set({ units: '4' })],
    ['units of a fraction', set({ units: 4.5 })],
    ['negative units', set({ units: -4 })],
    [
      'many layers that are too large together',
      (layers) =>
        void layers.push(...Array.from({ length: 9 }, (_, i) => layer('Dense', { name: `d${i}`, units: 3 }))),
    ],
    ['a kernel for gigabytes', () => conv({ kernel_size: [50_000, 50_000] })],
    ['a kernel as one number', () => conv({ kernel_size: 2 ** 31 })],
    ['filters for gigabytes', () => conv({ filters: 1e9 })],
    ['filters times kernel', () => conv({ filters: 40, kernel_size: [40, 40] })],
    [
      'a kernel in three dimensions',
      () => sequential(input(8, 8, 8, 1), layer('Conv3D', { filters: 1, kernel_size: [2e3, 2e3, 2e3] })),
    ],
    [
      'a depth multiplier',
      () => pictures(layer('DepthwiseConv2D', { kernel_size: [3, 3], depth_multiplier: 1e9 })),
    ],
    ['a separable kernel', () => pictures(layer('SeparableConv2D', { filters: 1, kernel_size: [1e5, 1e5] }))],
    ['an embedding', () => sequential(input(4), layer('Embedding', { input_dim: 1e9, output_dim: 64 }))],
    ['recurrent units', () => sequential(input(3, 2), layer('LSTM', { units: 1e5 }))],
    [
      'units in two directions',
      () => sequential(input(3, 2), layer('Bidirectional', { layer: layer('GRU', { units: 1e5 }) })),
    ],
    [
      'filters over time',
      () => sequential(input(3, 8, 8, 1), layer('ConvLSTM2D', { filters: 1e5, kernel_size: [3, 3] })),
    ],
    [
      'a whole picture into one unit',
      () => sequential(input(16_384, 16_384), layer('Flatten'), layer('Dense', { units: 1 })),
    ],
    ['statistics of every pixel', () => sequential(input(2 ** 28), layer('BatchNormalization'))],
    ['a vector repeated for ever', () => sequential(input(4), layer('RepeatVector', { n: 1e12 }))],
    ['a picture blown up', () => pictures(layer('UpSampling2D', { size: [1e6, 1e6] }))],
    [
      'padding without end',
      () =>
        pictures(
          layer('ZeroPadding2D', {
            padding: [
              [1e9, 1e9],
              [1e9, 1e9],
            ],
          }),
        ),
    ],
    ['a picture resized', () => pictures(layer('Resizing', { height: 1e6, width: 1e6 }))],
    [
      'strides outwards',
      () => pictures(layer('Conv2DTranspose', { filters: 1, kernel_size: [1, 1], strides: [1e6, 1e6] })),
    ],
    ['an input of 10^12 values', () => sequential(input(1e6, 1e6), layer('Flatten'))],
    [
      'an input whose product overflows',
      () => sequential(input(2 ** 31, 2 ** 31, 2 ** 31), layer('Flatten')),
    ],
    ['an input of 2^53', () => sequential(input(2 ** 53), layer('Flatten'))],
    ['a negative input', () => sequential(input(-4), layer('Flatten'))],
    ['two negative sides of an input', () => sequential(input(-4, -4), layer('Flatten'))],
    ['a fractional input', () => sequential(input(4.5), layer('Flatten'))],
    ['an input of NaN', () => sequential(input(Number.NaN), layer('Flatten'))],
    ['an input of text', () => sequential(input('4'), layer('Flatten'))],
    ['models in models, each applied twice', () => doubling(15)],
    [
      'layers without number',
      () =>
        sequential(
          input(4),
          ...Array.from({ length: 20_000 }, (_, i) =>
            layer('Activation', { name: `a${i}`, activation: 'relu' }),
          ),
        ),
    ],
    [
      'a chain of layers that no stack follows',
      () =>
        sequential(
          input(4),
          ...Array.from({ length: 9000 }, (_, i) => layer('Activation', { name: `a${i}` })),
        ),
    ],
    ['nesting beyond every model', () => nested(200)],
  ];
  it.each(mechanisms)('%s', async (_name, change) => {
    await refused({ modelTopology: changed(change) }, /^model\/bad-topology$/);
  });

  it('states for gigabytes', async () => {
    const states = layer('LSTM', { units: 1, stateful: true, batch_input_shape: [2 ** 28, 1, 1] });
    await refused({ modelTopology: sequential(states) }, /^model\/stateful-layer$/);
  });

  it.each([null, undefined, [], 'text', 5, true])('a topology that is %j', async (topology) => {
    await refused({ modelTopology: topology as unknown as object }, /^model\/bad-topology$/);
  });

  const bytes = (change: (stored: Uint8Array) => Uint8Array) => () => ({
    weightData: change(weightBytes(artifacts)).slice().buffer,
  });
  const specs = (change: (specs: [Spec, Spec]) => unknown) => () => ({
    weightSpecs: change(structuredClone(artifacts.weightSpecs) as [Spec, Spec]) as Spec[],
  });
  const kernel = (field: object) => specs(([first, ...rest]) => [{ ...first, ...field }, ...rest]);
  const stored: [string, string, () => Partial<tf.io.ModelArtifacts>][] = [
    ['a byte short', 'bad-weights', bytes((all) => all.subarray(1))],
    ['a value more', 'bad-weights', bytes((all) => new Uint8Array([...all, 0, 0, 0, 0]))],
    ['no bytes', 'bad-weights', bytes(() => new Uint8Array())],
    ['a shape of 2^53', 'bad-weights', kernel({ shape: [2 ** 53, 4] })],
    ['a shape whose product overflows', 'bad-weights', kernel({ shape: [2 ** 27, 2 ** 27] })],
    ['a shape for gigabytes', 'bad-weights', kernel({ shape: [40_000, 40_000] })],
    ['a negative shape', 'bad-weights', kernel({ shape: [-4, -5] })],
    ['a fractional shape', 'bad-weights', kernel({ shape: [0.5, 40] })],
    ['a shape of NaN', 'bad-weights', kernel({ shape: [Number.NaN] })],
    ['a shape of text', 'bad-weights', kernel({ shape: ['4', '5'] })],
    ['a shape that is no list', 'bad-weights', kernel({ shape: { length: 2 } })],
    ['another shape of the same size', 'bad-weights', kernel({ shape: [5, 4] })],
    ['a weight that takes the bytes of the next', 'bad-weights', kernel({ shape: [5, 5] })],
    ['text instead of numbers', 'bad-weights', kernel({ dtype: 'string' })],
    ['whole numbers', 'bad-weights', kernel({ dtype: 'int32' })],
    ['a class as a type', 'bad-weights', kernel({ dtype: 'constructor' })],
    ['no type', 'bad-weights', kernel({ dtype: null })],
    [
      'an unknown quantisation',
      'bad-weights',
      kernel({ quantization: { dtype: 'uint4', min: 0, scale: 1 } }),
    ],
    ['no quantisation', 'bad-weights', kernel({ quantization: null })],
    [
      'a quantisation to NaN',
      'bad-weights',
      kernel({ quantization: { dtype: 'uint8', min: 0, scale: Number.NaN } }),
    ],
    [
      'four times the bytes of its quantisation',
      'bad-weights',
      kernel({ quantization: { dtype: 'uint8', min: 0, scale: 1 } }),
    ],
    ['a weight that is null', 'bad-weights', specs(([, ...rest]) => [null, ...rest])],
    ['weights that are no list', 'bad-weights', specs(() => ({ length: 1 }))],
    ['no weights', 'bad-weights', specs(() => [])],
    ['another name', 'missing-weight', kernel({ name: 'other/kernel' })],
    ['a name from the prototype', 'missing-weight', kernel({ name: '__proto__' })],
    [
      'one name twice',
      'missing-weight',
      specs(([first, second, ...rest]) => [first, { ...second, name: first.name }, ...rest]),
    ],
  ];
  it.each(stored)('stored weights: %s', async (_name, code, hostile) => {
    await refused(hostile(), code === 'bad-weights' ? /^model\/bad-(weights|topology)$/ : `model/${code}`);
  });

  it('stored weights: one that no layer has', async () => {
    const weightData = new Uint8Array([...weightBytes(artifacts), 0, 0, 0, 0]).buffer;
    const weightSpecs = [
      ...(artifacts.weightSpecs ?? []),
      { name: 'extra', shape: [1], dtype: 'float32' as const },
    ];
    await refused({ weightSpecs, weightData }, 'model/unused-weight');
  });

  it('a half precision of whole numbers', async () => {
    const [first, ...rest] = artifacts.weightSpecs as [Spec, ...Spec[]];
    const weightSpecs = [
      { ...first, dtype: 'int32' as const, quantization: { dtype: 'float16' as const } },
      ...rest,
    ];
    await refused({ weightSpecs, weightData: weightBytes(artifacts).slice(40).buffer }, 'model/bad-weights');
  });
});

it('two models that are built at once keep their own bounds', async () => {
  const small = { modelTopology: changed(set({ units: 40 })) };
  const [good, bad] = await Promise.allSettled([
    loadPretrained(new MemoryHandler(artifacts)),
    loadPretrained(new MemoryHandler({ ...artifacts, ...small })),
  ]);
  expect([good.status, bad.status]).toEqual(['fulfilled', 'rejected']);
  if (good.status === 'fulfilled') good.value.dispose();
  tfl.sequential({ layers: [tfl.layers.dense({ units: 1000, inputShape: [1000] })] }).dispose(); // no bound is left
});
