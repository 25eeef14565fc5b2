import { execFileSync } from 'node:child_process';
import { mkdir, readFile, symlink, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { io } from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { builtInModels } from './built-in-models.js';
import { modelDirectory, readModelMetadata } from './model-directory.js';
import { type FileTree, tempFolder } from './testing/temp-folder.js';

const topology = { class_name: 'Sequential', config: { name: 'tiny', layers: [] } };
const kernel = { name: 'dense/kernel', shape: [2, 3], dtype: 'float32' };
const bias = { name: 'dense/bias', shape: [3], dtype: 'float32' };
const quantized = { ...kernel, quantization: { dtype: 'uint8', scale: 0.5, min: -1 } };
const bytes = (length: number) => Uint8Array.from({ length }, (_, i) => i);

const files = (
  manifest: unknown,
  weights: FileTree = { 'w.bin': bytes(36) },
  extra: object = {},
): FileTree => ({
  'model.json': JSON.stringify({ modelTopology: topology, weightsManifest: manifest, ...extra }),
  ...weights,
});
const one = (...weights: object[]) => [{ paths: ['w.bin'], weights }];

async function load(tree: FileTree): Promise<io.ModelArtifacts> {
  return modelDirectory(await tempFolder(tree)).load();
}

describe('modelDirectory', () => {
  it('loads a model by directory and by the path of its model.json', async () => {
    const root = await tempFolder(
      files(one(kernel, bias), undefined, { generatedBy: 'keras', userDefinedMetadata: { a: 1 } }),
    );
    for (const path of [root, join(root, 'model.json')]) {
      const artifacts = await modelDirectory(path).load();
      expect(artifacts).toMatchObject({
        format: 'layers-model',
        modelTopology: topology,
        generatedBy: 'keras',
        userDefinedMetadata: { a: 1 },
      });
      expect(artifacts.weightSpecs).toEqual([kernel, bias]);
      expect(new Uint8Array(artifacts.weightData as ArrayBuffer)).toEqual(bytes(36));
    }
  });

  it('joins shards and groups in the order of the manifest', async () => {
    const manifest = [
      { paths: ['b', 'a'], weights: [kernel] },
      { paths: ['group2-shard1of1'], weights: [bias] },
    ];
    const artifacts = await load(
      files(manifest, { b: bytes(20), a: bytes(4), 'group2-shard1of1': bytes(12) }),
    );
    expect([...new Uint8Array(artifacts.weightData as ArrayBuffer)]).toEqual([
      ...bytes(20),
      ...bytes(4),
      ...bytes(12),
    ]);
  });

  it('knows how many bytes quantised and other types take', async () => {
    const weights = [
      quantized,
      { ...kernel, quantization: { dtype: 'uint16', scale: 0.5, min: -1 } },
      { ...kernel, quantization: { dtype: 'float16' } },
      { name: 'i', shape: [2], dtype: 'int32' },
      { name: 'b', shape: [3], dtype: 'bool' },
      { name: 'scalar', shape: [], dtype: 'float32' },
      { name: 'none', shape: [0, 5], dtype: 'float32' },
    ];
    const size = 6 + 12 + 12 + 8 + 3 + 4;
    expect((await load(files(one(...weights), { 'w.bin': bytes(size) }))).weightSpecs).toEqual(weights);
  });

  it('loads a model without weights, a link to a weight file beside it, and names with dots and blanks', async () => {
    expect((await load({ 'model.json': JSON.stringify({ modelTopology: topology }) })).weightSpecs).toEqual(
      [],
    );
    const manifest = [{ paths: ['my weights..v2.bin'], weights: [bias] }];
    const root = await tempFolder(files(manifest, { real: bytes(12) }));
    await symlink('real', join(root, 'my weights..v2.bin'));
    await expect(modelDirectory(root).load()).resolves.toBeDefined();
  });

  it('saves what it loads, quantised weights as they are, the same bytes each time', async () => {
    const artifacts = await load(
      files(one(quantized, bias), { 'w.bin': bytes(18) }, { userDefinedMetadata: { graft: { name: 'x' } } }),
    );
    const [first, second] = [await tempFolder(), await tempFolder()];
    await modelDirectory(first).save(artifacts);
    await modelDirectory(second).save({
      ...artifacts,
      weightData: [bytes(6).buffer, bytes(18).slice(6).buffer],
    });
    expect(await modelDirectory(first).load()).toEqual(artifacts);
    for (const name of ['model.json', 'weights.bin']) {
      expect(await readFile(join(first, name))).toEqual(await readFile(join(second, name)));
    }
    await expect(modelDirectory(first).save(artifacts)).rejects.toMatchObject({
      code: 'usage/out-not-empty',
    });
    await expect(
      modelDirectory(await tempFolder()).save({ ...artifacts, weightData: new ArrayBuffer(5) }),
    ).rejects.toMatchObject({
      code: 'model/bad-weights',
    });
  });

  it('loads every built-in model', async () => {
    const models = await builtInModels();
    expect(models.map(({ name }) => name)).toContain('squeezenet');
    for (const { path } of models)
      expect((await modelDirectory(path).load()).weightSpecs?.length).toBeGreaterThan(0);
  });

  it('reads metadata.json where there is one', async () => {
    const root = await tempFolder(files([], {}));
    expect(await readModelMetadata(root)).toBe(null);
    await writeFile(join(root, 'metadata.json'), '{"labels":["a"]}');
    expect(await readModelMetadata(join(root, 'model.json'))).toEqual({ labels: ['a'] });
  });
});

describe('hostile model files', () => {
  const shape = (...dimensions: unknown[]) => files(one({ ...kernel, shape: dimensions }));
  const path = (name: string) => files([{ paths: [name], weights: [bias] }], {});
  const json = (text: string): FileTree => ({ 'model.json': text });

  const cases: [string, string, FileTree][] = [
    // shapes
    ['40,000 x 40,000 in a small file', 'model/too-large', shape(40_000, 40_000)],
    ['20,000 x 20,000 in a small file', 'model/bad-weights', shape(20_000, 20_000)],
    ['a product beyond 2^53', 'model/too-large', shape(2 ** 31, 2 ** 31, 2 ** 31)],
    ['a product that wraps round to 0', 'model/too-large', shape(2 ** 16, 2 ** 16)],
    ['a product of infinity', 'model/too-large', shape(...new Array(16).fill(2 ** 31))],
    [
      'many weights that are too large together',
      'model/too-large',
      files(one(...new Array(40).fill({ ...kernel, shape: [4096, 4096] }))),
    ],
    ['a dimension of 2^53', 'model/bad-manifest', shape(2 ** 53)],
    ['a negative dimension', 'model/bad-manifest', shape(-1, 6)],
    ['two negative dimensions', 'model/bad-manifest', shape(-2, -3)],
    ['a dimension of 1.5', 'model/bad-manifest', shape(1.5, 4)],
    ['a dimension of null', 'model/bad-manifest', shape(null, 6)],
    ['a dimension as text', 'model/bad-manifest', shape('6')],
    [
      'a dimension of 1e999',
      'model/bad-manifest',
      json(
        '{"modelTopology":{},"weightsManifest":[{"paths":["w"],"weights":[{"name":"a","shape":[1e999],"dtype":"float32"}]}]}',
      ),
    ],
    ['a shape that is no list', 'model/bad-manifest', files(one({ ...kernel, shape: { length: 2 } }))],
    ['a thousand dimensions', 'model/bad-manifest', shape(...new Array(1000).fill(1))],
    // bytes
    ['one byte short', 'model/bad-weights', files(one(kernel, bias), { 'w.bin': bytes(35) })],
    ['one byte more', 'model/bad-weights', files(one(kernel, bias), { 'w.bin': bytes(37) })],
    [
      'bytes of one group in another',
      'model/bad-weights',
      files(
        [
          { paths: ['a'], weights: [kernel] },
          { paths: ['b'], weights: [bias] },
        ],
        { a: bytes(12), b: bytes(24) },
      ),
    ],
    ['float32 bytes for uint8', 'model/bad-weights', files(one(quantized), { 'w.bin': bytes(24) })],
    [
      'one file for two groups',
      'model/bad-manifest',
      files(
        [
          { paths: ['w.bin'], weights: [bias] },
          { paths: ['w.bin'], weights: [bias] },
        ],
        { 'w.bin': bytes(12) },
      ),
    ],
    [
      'one shard twice',
      'model/bad-manifest',
      files([{ paths: ['w.bin', 'w.bin'], weights: [kernel] }], { 'w.bin': bytes(12) }),
    ],
    ['weights without a file', 'model/bad-weights', files([{ paths: [], weights: [kernel] }], {})],
    ['a file without weights', 'model/bad-weights', files(one(), { 'w.bin': bytes(1) })],
    ['text weights', 'model/bad-manifest', files(one({ ...kernel, dtype: 'string' }))],
    ['complex weights', 'model/bad-manifest', files(one({ ...kernel, dtype: 'complex64' }))],
    ['a type from the prototype', 'model/bad-manifest', files(one({ ...kernel, dtype: 'toString' }))],
    [
      'an unknown quantisation',
      'model/bad-manifest',
      files(one({ ...kernel, quantization: { dtype: 'uint4', scale: 1, min: 0 } })),
    ],
    [
      'a quantisation without scale',
      'model/bad-manifest',
      files(one({ ...kernel, quantization: { dtype: 'uint8', min: 0 } })),
    ],
    // paths
    ...[
      '../w.bin',
      '..',
      '.',
      '',
      '/etc/passwd',
      'a/b',
      'a\\b',
      '..\\w.bin',
      '%2e%2e%2fw.bin',
      '%2e%2e',
      'w.bin\0.txt',
      'C:w.bin',
      'file:///etc/passwd',
      'http://localhost/w.bin',
      'w\n.bin',
      'x'.repeat(256),
    ].map((name): [string, string, FileTree] => [
      `path ${JSON.stringify(name).slice(0, 40)}`,
      'model/bad-path',
      path(name),
    ]),
    ['a path that is not there', 'model/not-found', path('w.bin')],
    ['a path that is no text', 'model/bad-manifest', files([{ paths: [{}], weights: [bias] }])],
    // JSON
    ['a prototype key', 'model/bad-json', json('{"__proto__":{"format":"layers-model"},"modelTopology":{}}')],
    [
      'a prototype key in the layers',
      'model/bad-json',
      json('{"modelTopology":{"config":{"layers":[{"__proto__":{"x":1}}]}}}'),
    ],
    ['an escaped prototype key', 'model/bad-json', json('{"modelTopology":{"\\u005f_proto__":{}}}')],
    ['a constructor key', 'model/bad-json', json('{"modelTopology":{"constructor":{"prototype":{}}}}')],
    [
      'a prototype key in the manifest',
      'model/bad-json',
      json('{"modelTopology":{},"weightsManifest":[{"paths":[],"weights":[],"prototype":1}]}'),
    ],
    ['nesting without end', 'model/bad-json', json(`{"modelTopology":${'['.repeat(1e6)}${']'.repeat(1e6)}}`)],
    [
      'nested objects',
      'model/bad-json',
      json(`{"modelTopology":${'{"a":'.repeat(5000)}1${'}'.repeat(5001)}`),
    ],
    ['NaN', 'model/bad-json', json('{"modelTopology":{"x":NaN}}')],
    ['a comment', 'model/bad-json', json('{"modelTopology":{} /* */}')],
    ['JSON that ends', 'model/bad-json', json('{"modelTopology":{"a":[')],
    ['nothing', 'model/bad-json', json('')],
    ['bytes that are no text', 'model/bad-json', { 'model.json': bytes(256) }],
    ['null', 'model/bad-manifest', json('null')],
    ['a list', 'model/bad-manifest', json('[]')],
    ['a topology as text', 'model/bad-manifest', json('{"modelTopology":"{}"}')],
    ['a manifest that is no list', 'model/bad-manifest', json('{"modelTopology":{},"weightsManifest":{}}')],
    // what it is
    ['weights alone', 'model/no-topology', json('{"modelTopology":null,"weightsManifest":[]}')],
    ['a manifest alone', 'model/bad-manifest', json('[{"paths":["w.bin"],"weights":[]}]')],
    ['a GraphModel', 'model/graph-model', json('{"format":"graph-model","modelTopology":{"node":[]}}')],
    ['a GraphModel without format', 'model/graph-model', json('{"modelTopology":{"node":[],"versions":{}}}')],
    ['another format', 'model/unknown-format', json('{"format":"tflite","modelTopology":{}}')],
    ['no model.json', 'model/not-found', {}],
  ];
  it.each(cases)('%s: %s', async (_name, code, tree) => {
    const before = process.memoryUsage.rss();
    await expect(load(tree)).rejects.toMatchObject({ code, name: 'GraftError' });
    expect(process.memoryUsage.rss() - before).toBeLessThan(400e6);
    expect(({} as { format?: string }).format).toBeUndefined();
  });

  const special: [string, string, (root: string, outside: string) => Promise<unknown>][] = [
    [
      'a link out of the directory',
      'model/bad-path',
      (root, outside) => symlink(join(outside, 'w.bin'), join(root, 'w.bin')),
    ],
    ['a relative link out', 'model/bad-path', (root) => symlink('../../etc/passwd', join(root, 'w.bin'))],
    [
      'a link to a link out',
      'model/bad-path',
      async (root, outside) => {
        await symlink(join(outside, 'w.bin'), join(root, 'hop'));
        await symlink('hop', join(root, 'w.bin'));
      },
    ],
    [
      'a link into a folder inside',
      'model/bad-path',
      async (root) => {
        await mkdir(join(root, 'inner'));
        await writeFile(join(root, 'inner', 'w.bin'), bytes(12));
        await symlink('inner/w.bin', join(root, 'w.bin'));
      },
    ],
    ['a broken link', 'model/not-found', (root) => symlink('nothing', join(root, 'w.bin'))],
    ['a link to itself', 'model/unreadable', (root) => symlink('w.bin', join(root, 'w.bin'))],
    ['a directory', 'model/bad-path', (root) => mkdir(join(root, 'w.bin'))],
    ['a device', 'model/bad-path', (root) => symlink('/dev/zero', join(root, 'w.bin'))],
    ['a pipe', 'model/bad-path', async (root) => execFileSync('mkfifo', [join(root, 'w.bin')])],
    [
      'a sparse file of 1 TB',
      'model/bad-weights',
      async (root) => {
        await writeFile(join(root, 'w.bin'), '');
        await truncate(join(root, 'w.bin'), 2 ** 40);
      },
    ],
  ];
  it.each(special)('a weight file that is %s: %s', async (_name, code, make) => {
    const root = await tempFolder(path('w.bin'));
    await make(root, await tempFolder({ 'w.bin': bytes(12) }));
    await expect(modelDirectory(root).load()).rejects.toMatchObject({ code });
  });

  it('a directory that is not there, or cannot be', async () => {
    const root = await tempFolder();
    for (const [name, code] of [
      ['missing', 'model/not-found'],
      ['nul\0', 'model/unreadable'],
    ] as const) {
      await expect(modelDirectory(join(root, name)).load()).rejects.toMatchObject({ code });
    }
  });

  it('any JSON is a model or a typed error', async () => {
    const root = await tempFolder({ 'w.bin': bytes(12) });
    const weight = fc.record(
      {
        name: fc.oneof(fc.string(), fc.constant('a')),
        shape: fc.oneof(
          fc.array(fc.oneof(fc.nat(4), fc.double(), fc.constant(-1), fc.maxSafeInteger())),
          fc.jsonValue(),
        ),
        dtype: fc.oneof(fc.constantFrom('float32', 'int32', 'bool', 'string'), fc.jsonValue()),
        quantization: fc.oneof(
          fc.constant(undefined),
          fc.jsonValue(),
          fc.record({ dtype: fc.constantFrom('uint8', 'float16'), scale: fc.double(), min: fc.double() }),
        ),
      },
      { requiredKeys: [] },
    );
    const group = fc.record({
      paths: fc.array(fc.constantFrom('w.bin', 'x', '../w.bin', '.')),
      weights: fc.array(weight, { maxLength: 3 }),
    });
    const model = fc.record({
      format: fc.oneof(fc.constantFrom('layers-model', null), fc.jsonValue()),
      modelTopology: fc.oneof(fc.constant({}), fc.jsonValue()),
      weightsManifest: fc.oneof(fc.array(group, { maxLength: 2 }), fc.jsonValue()),
    });
    const text = fc.oneof(
      model.map((value) => JSON.stringify(value)),
      fc.json(),
      fc.string(),
    );
    await fc.assert(
      fc.asyncProperty(text, async (content) => {
        await writeFile(join(root, 'model.json'), content);
        await modelDirectory(root)
          .load()
          .catch((error: { code?: string }) => expect(error.code).toMatch(/^model\//));
      }),
      { numRuns: 500 },
    );
  });
});
