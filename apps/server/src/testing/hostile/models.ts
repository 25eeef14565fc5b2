import { type RawEntry, rawZip } from '../../uploads/testing/raw-zip.js';
import { type Attack, posted } from './attack.js';

const target = '/api/models/hostile';
const put = (bytes: Buffer | string, type = 'application/zip') =>
  posted(target, type, bytes, { method: 'PUT' });

interface Weight {
  readonly name: string;
  readonly shape: readonly unknown[];
  readonly dtype: string;
}

interface Written {
  readonly layers?: readonly unknown[];
  readonly weights?: readonly Weight[];
  readonly paths?: readonly unknown[];
  readonly data?: Buffer;
  readonly more?: readonly RawEntry[];
  readonly replace?: readonly [string, string];
}

const layer = (className: string, config: Record<string, unknown>) => ({ class_name: className, config });
const dense = (config: Record<string, unknown> = {}) =>
  layer('Dense', {
    name: 'd',
    units: 2,
    activation: 'linear',
    use_bias: false,
    batch_input_shape: [null, 4],
    ...config,
  });
const kernel = { name: 'd/kernel', shape: [4, 2], dtype: 'float32' };

/** A sequential model of one dense layer, 4 to 2; whatever is given is told otherwise. */
function model({ layers, weights, paths, data, more = [], replace }: Written): Buffer {
  const topology = {
    class_name: 'Sequential',
    config: { name: 's', layers: layers ?? [dense()] },
    keras_version: '2.0',
    backend: 'tensorflow',
  };
  const manifest = [{ paths: paths ?? ['weights.bin'], weights: weights ?? [kernel] }];
  const text = JSON.stringify({ format: 'layers-model', modelTopology: topology, weightsManifest: manifest });
  return put(
    rawZip([
      { name: 'model.json', data: replace ? text.replace(...replace) : text },
      { name: 'weights.bin', data: data ?? Buffer.alloc(32) },
      ...more,
    ]),
  );
}

const shaped = (name: string, shape: readonly unknown[], more: Partial<Written> = {}): Attack => ({
  name: `shape ${name}`,
  bytes: model({ weights: [{ ...kernel, shape }], ...more }),
});
const text = (name: string, content: string): Attack => ({
  name,
  bytes: put(rawZip([{ name: 'model.json', data: content }])),
});

/** Code in models: only layers that are known may come. */
export const codeAttacks: readonly Attack[] = [
  ...[
    layer('Lambda', { name: 'd', function: ['4wEAAAAAAAAA', null, null], function_type: 'lambda' }),
    layer('TFSMLayer', { name: 'd', filepath: '/etc/passwd' }),
    layer('TFOpLambda', { name: 'd', function: 'io.read_file' }),
    layer('SlicingOpLambda', { name: 'd' }),
    layer('Custom>Evil', { name: 'd' }),
    layer('Evil', { name: 'd' }),
    layer('__proto__', { name: 'd' }),
    layer('constructor', { name: 'd' }),
    layer('toString', { name: 'd' }),
    layer('hasOwnProperty', { name: 'd' }),
    layer('', { name: 'd' }),
    layer('process.exit', { name: 'd' }),
    layer("import('child_process')", { name: 'd' }),
    { class_name: ['Dense'], config: {} },
    { class_name: { toString: 'x' }, config: {} },
    { class_name: null, config: {} },
  ].map((evil) => ({
    name: `layer ${JSON.stringify(evil.class_name)}`,
    bytes: model({ layers: [dense(), evil] }),
  })),
  ...['__proto__', 'constructor', 'evil', 'lambda x: x', 'require("fs")'].map((activation) => ({
    name: `activation ${activation}`,
    bytes: model({ layers: [dense({ activation })] }),
  })),
  {
    name: 'initializer of another class',
    bytes: model({ layers: [dense({ kernel_initializer: { class_name: 'Evil', config: {} } })] }),
  },
  {
    name: 'regularizer of another class',
    bytes: model({ layers: [dense({ kernel_regularizer: { class_name: 'constructor', config: {} } })] }),
  },
  {
    name: 'module to import',
    bytes: model({
      layers: [{ module: 'os', class_name: 'system', config: { command: 'id' }, registered_name: 'x' }],
    }),
  },
];

/** Files and shapes that are not there, or not so. */
export const modelAttacks: readonly Attack[] = [
  ...[
    '../weights.bin',
    '../../../../etc/passwd',
    '/etc/passwd',
    '%2e%2e%2fweights.bin',
    'weights.bin\0',
    'http://127.0.0.1:1/weights.bin',
    'https://169.254.169.254/latest',
    'file:///etc/passwd',
    '//evil.example/weights.bin',
    '..\\weights.bin',
    'C:\\weights.bin',
    'missing.bin',
    '',
    'model.json',
    'a'.repeat(5000),
    5,
    null,
    ['weights.bin'],
    { toString: 'x' },
  ].map((path) => ({
    name: `weights in ${JSON.stringify(path).slice(0, 40)}`,
    bytes: model({ paths: [path] }),
  })),
  {
    name: 'weights behind a link',
    bytes: model({
      paths: ['link.bin'],
      more: [{ name: 'link.bin', data: '/etc/passwd', central: { attributes: 0o120777 << 16 } }],
    }),
  },
  { name: 'weights twice', bytes: model({ paths: ['weights.bin', 'weights.bin'] }) },
  { name: 'no weights file', bytes: model({ paths: [] }) },
  shaped('40,000 x 40,000', [40_000, 40_000]),
  shaped('2^53', [2 ** 53]),
  shaped('2^31 x 2^31 x 4', [2 ** 31, 2 ** 31, 4]),
  shaped('-4', [-4, -2]),
  shaped('half', [4.5, 2]),
  shaped('null', [null, 2]),
  shaped('text', ['4', 2]),
  shaped('1e400', [4, 2], { replace: ['[4,2]', '[1e400,2]'] }),
  shaped('of rank 1,000', Array(1000).fill(1)),
  shaped('4 x 3', [4, 3]),
  shaped('2 x 4', [2, 4]),
  { name: 'one byte short', bytes: model({ data: Buffer.alloc(31) }) },
  { name: 'one byte more', bytes: model({ data: Buffer.alloc(33) }) },
  { name: 'no bytes', bytes: model({ data: Buffer.alloc(0) }) },
  { name: 'weights of another layer', bytes: model({ weights: [{ ...kernel, name: 'other/kernel' }] }) },
  { name: 'the same weight twice', bytes: model({ weights: [kernel, kernel], data: Buffer.alloc(64) }) },
  { name: 'type string', bytes: model({ weights: [{ ...kernel, dtype: 'string' }] }) },
  { name: 'type float128', bytes: model({ weights: [{ ...kernel, dtype: 'float128' }] }) },
  { name: 'type __proto__', bytes: model({ weights: [{ ...kernel, dtype: '__proto__' }] }) },
  { name: 'units 1e9', bytes: model({ layers: [dense({ units: 1e9 })] }) },
  { name: 'units -1', bytes: model({ layers: [dense({ units: -1 })] }) },
  { name: 'units "2"', bytes: model({ layers: [dense({ units: '2x' })] }) },
  { name: 'input 1e9', bytes: model({ layers: [dense({ batch_input_shape: [null, 1e9] })] }) },
  { name: 'no layers', bytes: model({ layers: [] }) },
  { name: 'one name for two layers', bytes: model({ layers: [dense(), dense()] }) },
  {
    name: 'ten thousand layers',
    bytes: model({ layers: Array.from({ length: 10_000 }, (_, i) => dense({ name: `d${i}` })) }),
  },
  text('no JSON', 'model'),
  text('a number', '5'),
  text('null', 'null'),
  text('nothing in it', '{}'),
  text('array bomb', '['.repeat(200_000)),
  text('object bomb', '{"modelTopology":'.repeat(50_000)),
  text('__proto__', '{"__proto__":{"x":1},"modelTopology":{},"weightsManifest":[]}'),
  text('constructor', '{"constructor":{"prototype":{}},"modelTopology":{}}'),
  text('graph-model', '{"format":"graph-model","modelTopology":{"node":[]},"weightsManifest":[]}'),
  text('topology as text', '{"modelTopology":"Sequential","weightsManifest":[]}'),
  text('a manifest that is none', '{"modelTopology":{},"weightsManifest":{"0":{}}}'),
  { name: 'HDF5', bytes: put(Buffer.concat([Buffer.from('894844460d0a1a0a', 'hex'), Buffer.alloc(512)])) },
  { name: 'pickle', bytes: put(Buffer.from("cos\nsystem\n(S'id'\ntR.")) },
  { name: 'empty', bytes: put('') },
  { name: 'a zip without a model', bytes: put(rawZip([{ name: 'readme.txt', data: 'hello' }])) },
  { name: 'as JSON', bytes: put('{}', 'application/json') },
];
