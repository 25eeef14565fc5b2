import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readRecipeFile } from './recipe-file.js';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'graft-recipes-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const recipe = {
  cut: 'pool',
  head: { kind: 'linear' },
  task: 'classify',
  output: 'softmax',
  phases: [{ epochs: 2, learningRate: 0.01, optimizer: { name: 'sgd' }, schedule: { name: 'constant' } }],
  validation: 0.2,
  batchSize: 8,
  seed: 1,
  classWeights: 'none',
  labelSmoothing: 0,
  inputSpec: null,
};
const json = JSON.stringify(recipe);
const yaml = Object.entries(recipe)
  .map(([key, value]) => `${key}: ${JSON.stringify(value)}`)
  .join('\n');

let count = 0;
async function read(content: string | Uint8Array) {
  const path = join(folder, `${count++}.yaml`);
  await writeFile(path, content);
  return readRecipeFile(path);
}

async function refused(reading: () => Promise<unknown>, code: string): Promise<void> {
  const rss = process.memoryUsage.rss();
  const begin = performance.now();
  await expect(reading()).rejects.toMatchObject({ name: 'GraftError', code });
  expect(performance.now() - begin).toBeLessThan(8000);
  expect(process.memoryUsage.rss() - rss).toBeLessThan(500e6);
  expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
}

const inYaml = (from: string, to: string) => yaml.replace(from, to);
const inJson = (from: string, to: string) => json.replace(from, to);

describe('readRecipeFile', () => {
  it('reads JSON and YAML, with a byte order mark or without, and the recipe of a whole run', async () => {
    const run = JSON.stringify({ format: 'graft-run', other: 1, recipe });
    const first = await read(json);
    for (const same of [yaml, `\ufeff${json}`, `\ufeff${yaml}`, run, JSON.stringify(recipe, null, '\t')])
      expect(await read(same)).toEqual(first);
    const shared = `${inYaml('{"name":"sgd"}', '&o {name: sgd}')}\n`; // an alias is no fault
    expect(await read(shared)).toEqual(first);
  });

  const laughs = [
    'a0: &a0 [x]',
    ...Array.from({ length: 12 }, (_, i) => `a${i + 1}: &a${i + 1} [${`*a${i}, `.repeat(9)}*a${i}]`),
  ].join('\n');
  const badFiles: [string, string | Uint8Array][] = [
    ['a billion laughs', laughs],
    ['a billion laughs by merging', laughs.replaceAll('[', '{<<: [').replaceAll(']', ']}')],
    ['an alias to nothing', inYaml('"pool"', '*pool')],
    ['a tag that runs code', inYaml('seed: 1', 'seed: !!js/function "() => 1"')],
    ['a tag of Python', inYaml('seed: 1', 'seed: !!python/object/apply:os.system ["true"]')],
    ['a tag of its own', `%TAG ! tag:example.com,2000:\n---\n${inYaml('seed: 1', 'seed: !seed 1')}`],
    ['binary data', inYaml('"pool"', '!!binary cG9vbA==')],
    ['a set', inYaml('seed: 1', 'seed: !!set {1}')],
    ['a key twice', `${yaml}\nseed: 2`],
    ['a key twice in JSON', inJson('"seed":1', '"seed":1,"seed":2')],
    ['two documents', `${yaml}\n---\n${yaml}`],
    ['a document after its end', `${yaml}\n...\n${yaml}`],
    ['lists nested without end', '['.repeat(50_000)],
    [
      'maps nested without end',
      Array.from({ length: 300 }, (_, i) => `${' '.repeat(i)}a:`)
        .join('\n')
        .padEnd(70_000),
    ],
    ['JSON nested without end', `{"a":${'['.repeat(1e6)}`],
    ['keys without number', Array.from({ length: 20_000 }, (_, i) => `k${i}: 1`).join('\n')],
    ['JSON values without number', `{"phases":[${'{},'.repeat(3_000_000)}{}]}`],
    ['a prototype key in JSON', inJson('"cut"', '"__proto__":{"polluted":true},"cut"')],
    ['a constructor in JSON', inJson('"kind"', '"constructor":{"prototype":{}},"kind"')],
    ['NaN in JSON', inJson('0.01', 'NaN')],
    ['JSON that ends too soon', json.slice(0, -1)],
    ['tabs as indentation', 'head:\n\tkind: linear'],
    ['a quote that never ends', inYaml('"pool"', '"pool')],
    ['Latin-1', Buffer.from(inYaml('pool', 'p\xf6\xf6l'), 'latin1')],
    ['UTF-16', Buffer.from(`\ufeff${yaml}`, 'utf16le')],
    ['bytes that are no text', Uint8Array.from({ length: 256 }, (_, i) => i)],
  ];
  it.each(badFiles)('%s', async (_name, content) => refused(() => read(content), 'recipe/bad-file'));

  const invalid: [string, string][] = [
    ['nothing', ''],
    ['null', 'null'],
    ['a list', `[${json}]`],
    ['text', 'pool'],
    ['a prototype key', `${yaml}\n__proto__: {polluted: true}`],
    ['a constructor key', `${yaml}\nconstructor: {prototype: {polluted: true}}`],
    ['a merge key', `${yaml}\n<<: {seed: 2}`],
    ['a merge key of YAML 1.1', `%YAML 1.1\n---\n${inYaml('seed: 1', '<<: {seed: 1}')}`],
    ['a number of YAML 1.1', `%YAML 1.1\n---\n${inYaml('seed: 1', 'seed: 1:30')}`],
    ['NaN', inYaml('0.01', '.nan')],
    ['infinity', inYaml('0.01', '.inf')],
    ['1e999 in JSON', inJson('0.01', '1e999')],
    ['a number of a thousand digits', inYaml('seed: 1', `seed: 1${'0'.repeat(1000)}`)],
    ['2^53', inJson('"batchSize":8', '"batchSize":9007199254740993')],
    ['a negative size', inYaml('batchSize: 8', 'batchSize: -8')],
    ['a fraction of an epoch', inJson('"epochs":2', '"epochs":1.5')],
    ['a hidden layer for gigabytes', inJson('{"kind":"linear"}', '{"kind":"hidden","units":[1000000000]}')],
    ['a thousand phases', JSON.stringify({ ...recipe, phases: new Array(1000).fill(recipe.phases[0]) })],
    ['a field that is misspelt', inYaml('classWeights', 'classWeight')],
    ['a field of the prototype', inYaml('cut:', 'toString:')],
    ['a list that holds itself', `${yaml.replace(/phases.*/, 'phases: &p [*p]')}`],
    ['a key that is a list', `${yaml}\n? [a, b]\n: 1`],
    ['a run without a recipe', '{"format":"graft-run"}'],
    [
      'a run whose recipe is a run',
      `{"format":"graft-run","recipe":{"format":"graft-run","recipe":${json}}}`,
    ],
  ];
  it.each(invalid)('%s is no recipe', async (_name, content) =>
    refused(() => read(content), 'recipe/invalid'),
  );

  const places: [string, string, (path: string) => Promise<unknown>][] = [
    ['nothing', 'recipe/not-found', async () => {}],
    ['a directory', 'recipe/bad-file', (path) => mkdir(path)],
    ['a pipe', 'recipe/bad-file', async (path) => execFileSync('mkfifo', [path])],
    ['a device without end', 'recipe/bad-file', (path) => symlink('/dev/zero', path)],
    ['a link to itself', 'recipe/not-found', (path) => symlink(path, path)],
    [
      '100 MB',
      'recipe/bad-file',
      async (path) => {
        await writeFile(path, '{');
        await truncate(path, 100 * 2 ** 20);
      },
    ],
  ];
  it.each(places)('in its place %s', async (_name, code, make) => {
    const path = join(folder, `place-${count++}`);
    await make(path);
    await refused(() => readRecipeFile(path), code);
  });
});
