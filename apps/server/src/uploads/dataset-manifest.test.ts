import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { inputSpecSchema } from '@graft/core';
import { encodePng, readData } from '@graft/node';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { datasetManifest, datasetManifestSchema } from './dataset-manifest.js';
import { extractZip } from './extract-zip.js';
import { rawZip } from './testing/raw-zip.js';
import { temporaryFolder } from './testing/temporary-folder.js';

const folder = temporaryFolder();
const limits = { entries: 1000, bytes: 2 ** 30, ratio: 200 };

async function manifestOf(bytes: Buffer | string, name: string, type: string | null = null) {
  await writeFile(folder.in('upload'), bytes);
  const manifest = await datasetManifest(folder.in('upload'), name, type, limits);
  expect(datasetManifestSchema.parse(manifest)).toEqual(manifest);
  return manifest;
}
const zipOf = (...names: readonly string[]) =>
  rawZip(names.map((name) => ({ name, data: name.endsWith('/') ? '' : 'picture' })));
const two = ['car/1.jpg', 'car/2.jpg', 'truck/1.jpg', 'truck/2.jpg'];

const options = {
  inputShape: [4, 4, 3],
  inputSpec: inputSpecSchema.parse({
    width: 4,
    height: 4,
    channels: 3,
    range: [0, 1],
    colorOrder: 'rgb',
    resize: 'stretch',
    mean: 0,
    std: 1,
  }),
};

describe('datasetManifest of a zip file', () => {
  it('counts the examples of each label', async () => {
    expect(
      await manifestOf(zipOf(...two, 'car/deep/3.png', 'car/.hidden', 'Thumbs.db'), 'photos.zip'),
    ).toEqual({
      format: 'zip',
      examples: 5,
      labels: [
        { label: 'car', examples: 3 },
        { label: 'truck', examples: 2 },
      ],
      columns: null,
      parts: [],
      files: 7,
      bytes: 49,
      root: '',
      warnings: [],
    });
  });

  it('looks through a single folder around everything', async () => {
    const names = two.map((name) => `a/b/${name}`);
    expect(await manifestOf(zipOf(...names, '__MACOSX/a/._b'), 'x.zip')).toMatchObject({
      root: 'a/b',
      examples: 4,
    });
  });

  it('finds parts', async () => {
    const parts = ['train', 'validation', 'test'].flatMap((part) => two.map((name) => `x/${part}/${name}`));
    expect(await manifestOf(zipOf(...parts), 'x.zip')).toMatchObject({
      parts: ['train', 'validation', 'test'],
      root: 'x',
      examples: 4,
    });
  });

  it('warns of what is no reason to refuse', async () => {
    const { warnings } = await manifestOf(zipOf(...two, 'Car/3.gif', 'Car/4.jpg', 'readme.txt'), 'x.zip');
    expect(warnings.map(({ code }) => code)).toEqual(['loose-files', 'not-pictures', 'similar-labels']);
  });

  it('takes it by its bytes, whatever it is called', async () => {
    expect(await manifestOf(zipOf(...two), 'data.csv', 'text/csv')).toMatchObject({ format: 'zip' });
  });

  it.each<[string, string[], string]>([
    ['nothing', [], 'data/empty'],
    ['hidden files only', ['.a/1.jpg', '.DS_Store'], 'data/empty'],
    ['pictures without folders', ['1.jpg', '2.jpg'], 'data/no-labels'],
    ['one label', ['car/1.jpg', 'car/2.jpg'], 'data/one-class'],
    ['one label in a folder', ['x/car/1.jpg', 'x/car/2.jpg'], 'data/one-class'],
    ['an empty label', [...two, 'bus/'], 'data/empty-class'],
    ['a label with hidden files only', [...two, 'bus/.gitkeep'], 'data/empty-class'],
    ['a label with one picture', [...two, 'bus/1.jpg'], 'data/too-few'],
    ['parts and something else', [...two.map((name) => `train/${name}`), 'other/1.jpg'], 'data/layout'],
    ['test without train', two.map((name) => `test/${name}`), 'data/layout'],
    ['parts by another name', two.map((name) => `training/${name}`), 'data/layout'],
    [
      'a label only in validation',
      [...two.map((name) => `train/${name}`), 'validation/bus/1.jpg'],
      'data/unknown-label',
    ],
    ['an empty validation', [...two.map((name) => `train/${name}`), 'validation/'], 'data/empty'],
  ])('refuses %s', async (_, names, code) => {
    await expect(manifestOf(zipOf(...names), 'x.zip')).rejects.toMatchObject({ name: 'GraftError', code });
  });

  it('agrees with what training makes of the same files', async () => {
    const picture = Buffer.from(await encodePng({ width: 4, height: 4, data: new Uint8Array(48).fill(90) }));
    const segment = fc.constantFrom('train', 'validation', 'test', 'car', 'truck', 'Car', 'val');
    const noise = fc
      .tuple(fc.array(segment, { maxLength: 3 }), fc.constantFrom('1.png', '2.png', '.hidden', ''))
      .map(([folders, name]) => [...folders, name].join('/'))
      .filter((name) => name !== '');
    const prefixes = fc.subarray(['', 'train/', 'validation/', 'test/', 'x/', 'x/train/', 'x/y/validation/']);
    const sound = prefixes.map((all) => all.flatMap((prefix) => two.map((name) => prefix + name)));
    const paths = fc
      .tuple(sound, fc.array(noise, { maxLength: 4 }))
      .map((lists) => [...new Set(lists.flat())])
      .filter((names) => names.length > 0);
    let run = 0;
    const outcomes = new Set<string>();
    await fc.assert(
      fc.asyncProperty(paths, async (names) => {
        const place = folder.in(`run${run++}`);
        await mkdir(place);
        const zip = join(place, 'x.zip');
        await writeFile(
          zip,
          rawZip(names.map((name) => ({ name, data: name.endsWith('/') ? '' : picture }))),
        );
        const said = await datasetManifest(zip, 'x.zip', null, limits).catch((error) => error);
        if (/^data\/archive/.test(said.code)) return;
        await extractZip(zip, join(place, 'out'), limits);
        const found = await readData(join(place, 'out', said.root ?? ''), options).catch((error) => error);
        outcomes.add(said.code ?? 'fine');
        // Where a folder around everything is looked through, nothing tells here where training would look.
        const top = new Set(names.map((name) => name.split('/')[0]));
        if (said.code && top.size === 1) return;
        expect(said.code).toBe(found.code);
        if (said.code) return;
        expect(said.labels.map(({ label }: { label: string }) => label)).toEqual(found.labels);
        expect(said.examples).toBe(found.train.size);
      }),
      { numRuns: 150 },
    );
    expect(outcomes).toContain('fine');
    expect(outcomes.size).toBeGreaterThan(3);
  });
});

describe('datasetManifest of a table', () => {
  it('reads the header and counts rows', async () => {
    const text = '\ufeffwidth, "the ""long"", one" ,label\r\n1,2,"a\r\nb"\r\n\r\n  \r\n3,"4",c\r\n5,,"d"';
    expect(await manifestOf(text, 'flowers.CSV')).toEqual({
      format: 'csv',
      examples: 3,
      labels: null,
      columns: ['width', 'the "long", one', 'label'],
      parts: [],
      files: 1,
      bytes: Buffer.byteLength(text),
      root: '',
      warnings: [],
    });
  });

  it.each(['\n', '\r\n', '\r'])('takes lines that end with %j', async (end) => {
    expect(
      await manifestOf(['a,b', '1,2', '3,4', ''].join(end), 'x', 'text/csv; charset=utf-8'),
    ).toMatchObject({
      examples: 2,
      columns: ['a', 'b'],
    });
  });

  it('counts a table of many pieces', async () => {
    const text = `a,b\n${'"ü\n",1\n'.repeat(50_000)}`;
    expect(await manifestOf(text, 'x.csv')).toMatchObject({ examples: 50_000 });
  });

  it('lists the first of many columns', async () => {
    const cells = Array.from({ length: 5000 }, (_, i) => `p${i}`);
    const { columns, warnings } = await manifestOf(`${cells}\n${cells}\n${cells}\n`, 'x.csv');
    expect(columns).toHaveLength(1000);
    expect(warnings).toMatchObject([{ code: 'columns-not-listed' }]);
  });

  it.each<[string, Buffer | string, string]>([
    ['an empty file', '', 'data/unsupported'],
    ['blank lines', '\n\n  \n', 'data/empty'],
    ['a header alone', 'a,b\n', 'data/empty'],
    ['one row', 'a,b\n1,2\n', 'data/too-few'],
    ['a column twice', 'a,a\n1,2\n1,2\n', 'data/bad-header'],
    ['a column without a name', 'a,,b\n1,2,3\n1,2,3\n', 'data/bad-header'],
    ['names of pictures', 'file,label\n1.jpg,a\n2.jpg,b\n', 'data/pictures-missing'],
    ['a row too short', 'a,b\n1,2\n1\n', 'data/bad-cell'],
    ['a row too long', 'a,b\n1,2\n1,2,3\n', 'data/bad-cell'],
    ['a quote without end', 'a,b\n1,"2\n3,4\n', 'data/bad-csv'],
    ['a quote inside of a cell', 'a,b\n1,x"2"\n3,4\n', 'data/bad-csv'],
    ['text behind a quote', 'a,b\n1,"2"x\n3,4\n', 'data/bad-csv'],
    ['17 MB without a line end', 'a'.repeat(17 * 2 ** 20), 'data/bad-csv'],
    ['a quoted cell of 17 MB', `a\n"${'\n'.repeat(17 * 2 ** 20)}`, 'data/bad-csv'],
    ['Latin-1', Buffer.from('größe,b\n1,2\n3,4\n', 'latin1'), 'data/not-utf8'],
    ['UTF-16', Buffer.from('\ufeffa,b\n1,2\n3,4\n', 'utf16le'), 'data/not-utf8'],
    ['NUL', 'a,b\n1,\0\n3,4\n', 'data/not-utf8'],
    ['UTF-8 that is cut off', Buffer.from('a,b\n1,2\n3,ü').subarray(0, -1), 'data/not-utf8'],
    ['gzip', Buffer.from([0x1f, 0x8b, 8, 0]), 'data/unsupported'],
    ['a picture', Buffer.from([0xff, 0xd8, 0xff, 0xe0]), 'data/unsupported'],
    ['tar', Buffer.concat([Buffer.alloc(257), Buffer.from('ustar\0')]), 'data/unsupported'],
  ])('refuses %s', async (_, bytes, code) => {
    const before = performance.now();
    await expect(manifestOf(bytes, 'x.csv')).rejects.toMatchObject({ name: 'GraftError', code });
    expect(performance.now() - before).toBeLessThan(2000);
  });

  it('refuses text that is not called a table', async () => {
    await expect(manifestOf('a,b\n1,2\n3,4\n', 'x.zip')).rejects.toMatchObject({ code: 'data/unsupported' });
    await expect(manifestOf('{"messages":[]}\n', 'x.jsonl')).rejects.toMatchObject({
      code: 'data/unsupported',
    });
  });
});
