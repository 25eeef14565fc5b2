import { readdir, readFile, writeFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { unpackModel } from './model-upload.js';
import { type RawEntry, rawZip } from './testing/raw-zip.js';
import { temporaryFolder } from './testing/temporary-folder.js';

const folder = temporaryFolder();
const modelJson = (paths: readonly unknown[] = ['weights.bin']) =>
  JSON.stringify({ modelTopology: {}, weightsManifest: [{ paths, weights: [] }] });
const model = (json: string, ...more: readonly RawEntry[]): RawEntry[] => [
  { name: 'model.json', data: json },
  { name: 'weights.bin', data: 'weights' },
  ...more,
];

async function unpack(entries: readonly RawEntry[]): Promise<string[]> {
  await writeFile(folder.in('x.zip'), rawZip(entries));
  const names = await unpackModel(folder.in('x.zip'), folder.in('out'));
  expect((await readdir(folder.in('out'))).sort()).toEqual([...names].sort());
  return names;
}

describe('unpackModel', () => {
  it('unpacks what the model names and what is known, and nothing else', async () => {
    const others = ['run.json', 'labels.json', 'report.html', 'evil.js', 'folder/weights.bin'];
    const more = others.map((name) => ({ name, data: name }));
    expect(await unpack(model(modelJson(), ...more))).toEqual([
      'model.json',
      'weights.bin',
      'run.json',
      'labels.json',
    ]);
    expect(await readFile(folder.in('out', 'weights.bin'), 'utf8')).toBe('weights');
  });

  it('finds it in one folder', async () => {
    const inside = model(modelJson()).map((entry) => ({ ...entry, name: `my model/${String(entry.name)}` }));
    expect(
      await unpack([{ name: 'my model/' }, { name: 'run.json', data: 'not beside' }, ...inside]),
    ).toEqual(['model.json', 'weights.bin']);
  });

  it('takes a model without weights, and one with many files', async () => {
    expect(await unpack([{ name: 'model.json', data: '{"modelTopology":{}}' }])).toEqual(['model.json']);
  });

  it('prefers the model at the top', async () => {
    expect(await unpack(model(modelJson(), { name: 'older/model.json', data: '' }))).toContain('weights.bin');
  });

  it.each<[string, RawEntry[], string]>([
    ['no model.json', [{ name: 'weights.bin', data: 'x' }], 'model/not-found'],
    ['a model.json too deep', [{ name: 'a/b/model.json', data: '{}' }], 'model/not-found'],
    [
      'two models',
      [
        { name: 'a/model.json', data: '{}' },
        { name: 'b/model.json', data: '{}' },
      ],
      'model/ambiguous',
    ],
    ['no JSON', model('not json'), 'model/bad-json'],
    ['JSON without end', model('['.repeat(100_000)), 'model/bad-json'],
    ['keys of prototypes', model('{"__proto__":{}}'), 'model/bad-json'],
    ['a list', model('[]'), 'model/bad-manifest'],
    [
      'a manifest of another shape',
      model('{"weightsManifest":[{"paths":"weights.bin"}]}'),
      'model/bad-manifest',
    ],
    ['a number for a path', model(modelJson([1])), 'model/bad-manifest'],
    ['a weight file twice', model(modelJson(['weights.bin', 'weights.bin'])), 'model/bad-manifest'],
    ['model.json as weights', model(modelJson(['model.json'])), 'model/bad-manifest'],
    ['a weight file that is missing', model(modelJson(['other.bin'])), 'model/not-found'],
    ['a path up', model(modelJson(['../weights.bin'])), 'model/bad-path'],
    ['an absolute path', model(modelJson(['/etc/passwd'])), 'model/bad-path'],
    ['a path into a folder', model(modelJson(['a/w.bin']), { name: 'a/w.bin', data: 'x' }), 'model/bad-path'],
    ['a path in percent signs', model(modelJson(['%2e%2e%2fweights.bin'])), 'model/bad-path'],
    ['an address', model(modelJson(['http:weights.bin'])), 'model/bad-path'],
    ['NUL in a path', model(modelJson(['weights.bin\0'])), 'model/bad-path'],
    ['a dot for a path', model(modelJson(['.'])), 'model/bad-path'],
    ['the name of a prototype', model(modelJson(['__proto__'])), 'model/not-found'],
    [
      'a wrong sum in a weight file',
      [
        { name: 'model.json', data: modelJson() },
        { name: 'weights.bin', data: 'x', both: { crc32: 1 } },
      ],
      'data/bad-archive',
    ],
    ['a zip slip beside the model', model(modelJson(), { name: '../evil', data: 'x' }), 'data/archive-path'],
    [
      '2001 entries',
      model(modelJson(), ...Array.from({ length: 1999 }, (_, i) => ({ name: `${i}` }))),
      'data/too-many-files',
    ],
  ])('refuses %s and leaves nothing', async (_, entries, code) => {
    await expect(unpack(entries)).rejects.toMatchObject({ name: 'GraftError', code });
    expect(await readdir(folder.path)).toEqual(['x.zip']);
  });

  it('refuses a model.json of more than 64 MB before it reads it', async () => {
    const json = Buffer.alloc(64 * 2 ** 20 + 1, ' ');
    json.write('{"modelTopology":{}}');
    await writeFile(folder.in('x.zip'), rawZip([{ name: 'model.json', data: json, stored: true }]));
    await expect(unpackModel(folder.in('x.zip'), folder.in('out'))).rejects.toMatchObject({
      code: 'model/too-large',
    });
    expect(await readdir(folder.path)).toEqual(['x.zip']);
  });
});
