import '@tensorflow/tfjs-backend-cpu';
import { chmod, mkdir, rename, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Tensor } from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import type { ReadDataOptions } from './file-data.js';
import { readData, readEvaluationData } from './read-data.js';
import { asNobody } from './testing/as-nobody.js';
import { inputSpecOf } from './testing/input-specs.js';
import { jpeg, pictures, raw } from './testing/pictures.js';
import { addFiles, type FileTree, tempFolder } from './testing/temp-folder.js';

const options: ReadDataOptions = { inputShape: [3, 4, 3], inputSpec: inputSpecOf({ width: 4, height: 3 }) };
const carsAndTrucks = async (): Promise<FileTree> => ({
  ...(await pictures('car', 3)),
  ...(await pictures('truck', 2)),
});
const codes = ({ warnings }: { warnings: readonly { code: string }[] }) => warnings.map(({ code }) => code);

describe('labelled folders', () => {
  it('are read, labels and files in code point order', async () => {
    const root = await tempFolder(await carsAndTrucks());
    const data = await readData(root, options);
    expect(data).toMatchObject({
      task: 'classify',
      labels: ['car', 'truck'],
      validation: null,
      warnings: [],
      skipped: [],
      names: {
        train: ['car/0.jpg', 'car/1.jpg', 'car/2.jpg', 'truck/0.jpg', 'truck/1.jpg'],
        validation: null,
      },
    });
    expect([0, 1, 2, 3, 4].map((index) => data.train.target(index))).toEqual([0, 0, 0, 1, 1]);
    expect(new Set([0, 1, 2, 3, 4].map((index) => data.train.group?.(index))).size).toBe(5);
    expect(data.picture('train', 4)).toBe(join(root, 'truck/1.jpg'));
    expect(() => data.picture('validation', 0)).toThrow(RangeError);
    const input = (await data.train.input(4)) as Tensor;
    expect([input.shape, input.dtype]).toEqual([[3, 4, 3], 'float32']);
    input.dispose();
    expect(() => data.train.target(5)).toThrow(RangeError);
    await expect(data.train.input(5)).rejects.toThrow(RangeError);
  });

  it('count files in folders of a label, and pass over hidden ones', async () => {
    const root = await tempFolder({
      ...(await pictures('car/red/old', 2)),
      ...(await pictures('truck', 2)),
      'truck/.hidden': 'x',
      'truck/Thumbs.db': 'x',
      'truck/.git/HEAD': 'x',
      '.DS_Store': 'x',
    });
    const { names, warnings } = await readData(root, options);
    expect(names.train).toEqual(['car/red/old/0.jpg', 'car/red/old/1.jpg', 'truck/0.jpg', 'truck/1.jpg']);
    expect(warnings).toEqual([]);
  });

  it('may stand below train/ and validation/; test/ is not looked into', async () => {
    const root = await tempFolder({
      ...(await pictures('train/car', 2)),
      ...(await pictures('train/truck', 2)),
      ...(await pictures('validation/truck', 1)),
      'test/bus/broken.jpg': 'x',
    });
    await symlink('..', join(root, 'test', 'circle'));
    const { labels, names, validation } = await readData(root, options);
    expect(labels).toEqual(['car', 'truck']);
    expect(names.validation).toEqual(['validation/truck/0.jpg']);
    expect(validation?.target(0)).toBe(1);
  });

  it('take "train" for a label where it holds pictures', async () => {
    const root = await tempFolder({ ...(await pictures('train', 2)), ...(await pictures('car', 2)) });
    expect((await readData(root, options)).labels).toEqual(['car', 'train']);
  });

  it('may have links to files and folders', async () => {
    const root = await tempFolder(await carsAndTrucks());
    const elsewhere = await tempFolder(await pictures('boats', 2));
    await symlink(join(elsewhere, 'boats'), join(root, 'boat'));
    await symlink('../car/0.jpg', join(root, 'truck', 'linked.jpg'));
    const data = await readData(root, options);
    expect(data.labels).toEqual(['boat', 'car', 'truck']);
    expect(codes(data)).toEqual(['same-content', 'same-content-two-targets']);
  });

  it('give equal files one group and warn about both sides of a split', async () => {
    const [one, two, three, four] = await Promise.all([1, 2, 3, 4].map(jpeg));
    const root = await tempFolder({
      'train/car/a.jpg': one as Buffer,
      'train/car/b.jpg': one as Buffer,
      'train/truck/c.jpg': two as Buffer,
      'train/truck/d.jpg': three as Buffer,
      'validation/truck/e.jpg': two as Buffer,
      'validation/truck/f.jpg': four as Buffer,
    });
    const data = await readData(root, options);
    expect(data.train.group?.(0)).toBe(data.train.group?.(1));
    expect(data.train.group?.(2)).not.toBe(data.train.group?.(3));
    expect(codes(data)).toEqual(['same-content', 'same-file-both-sides']);
    expect(data.warnings[1]?.message).toContain('"train/truck/c.jpg" and "validation/truck/e.jpg"');
  });

  it('keep any name that the file system takes, as it is', async () => {
    const names = [
      '<img src=x onerror=alert(1)>',
      '=HYPERLINK("http:..evil","x")',
      '@SUM(1+1)*cmd|calc!A0',
      '\u001b[31mred\u001b[0m',
      '\u001b]0;title\u0007',
      '\u202egnp.exe',
      '🚚',
      'é'.normalize('NFC'),
      'é'.normalize('NFD'),
      'a'.repeat(255),
      ' spaces  inside ',
      `quote " and ' and \``,
      'line\nbreak',
      'tab\tand\\backslash',
      '__proto__',
      'constructor',
      '-rf',
      '%2e%2e',
      'C:drive',
      'zero\u200bwidth',
    ];
    const files: Record<string, Uint8Array> = {};
    for (const [i, name] of names.entries())
      Object.assign(files, { [`${name}/0.jpg`]: await jpeg(i), [`${name}/1.jpg`]: await jpeg(i + 100) });
    const root = await tempFolder(files);
    const data = await readData(root, options);
    expect([...(data.labels ?? [])].sort()).toEqual([...names].sort());
    expect(data.labels?.indexOf('🚚')).toBe(names.length - 1);
    expect(codes(data)).toEqual(['similar-labels']);
    ((await data.train.input(data.names.train.indexOf('🚚/1.jpg'))) as Tensor).dispose();
  });

  it('warn about labels that differ only in case, and about files beside the folders', async () => {
    const root = await tempFolder({
      ...(await pictures('Car', 2)),
      ...(await pictures('car', 2, 1)),
      'README.md': 'x',
    });
    const data = await readData(root, options);
    expect(codes(data)).toEqual(['loose-files', 'similar-labels']);
    expect(data.warnings[1]?.message).toContain('"Car", "car"');
  });
});

describe('bad folders', () => {
  const broken = { 'car/bad.jpg': 'x', 'truck/notes.txt': 'notes', 'truck/empty.png': '' };
  const cases: [string, string, () => Promise<FileTree>][] = [
    ['nothing in it', 'data/empty', async () => ({})],
    ['hidden files only', 'data/empty', async () => ({ '.DS_Store': 'x' })],
    ['pictures without folders', 'data/no-labels', () => pictures('.', 3)],
    ['one label', 'data/one-class', () => pictures('car', 3)],
    [
      'a label with one picture',
      'data/too-few',
      async () => ({ ...(await pictures('car', 3)), ...(await pictures('truck', 1)) }),
    ],
    [
      'parts under other names',
      'data/layout',
      async () => ({ ...(await pictures('train/car', 2)), ...(await pictures('val/car', 2)) }),
    ],
    [
      'parts in capitals',
      'data/layout',
      async () => ({ ...(await pictures('Train/car', 2)), ...(await pictures('Test/car', 2)) }),
    ],
    [
      'a label beside train/',
      'data/layout',
      async () => ({ ...(await pictures('train/car', 2)), ...(await pictures('bus', 2)) }),
    ],
    [
      'test/ alone',
      'data/layout',
      async () => ({ ...(await pictures('test/car', 2)), ...(await pictures('test/truck', 2)) }),
    ],
    [
      'a validation label that is not learned',
      'data/unknown-label',
      async () => ({
        ...(await pictures('train/car', 2)),
        ...(await pictures('train/truck', 2)),
        ...(await pictures('validation/bus', 1)),
      }),
    ],
    [
      'pictures that cannot be read',
      'data/bad-image',
      async () => ({ ...(await carsAndTrucks()), ...broken }),
    ],
  ];

  it.each(cases)('%s: %s', async (_name, code, files) => {
    const root = await tempFolder(await files());
    await expect(readData(root, options)).rejects.toMatchObject({ code });
  });

  it('an empty label folder is named', async () => {
    const root = await tempFolder(await carsAndTrucks());
    await mkdir(join(root, 'bus'));
    await expect(readData(root, options)).rejects.toMatchObject({
      code: 'data/empty-class',
      details: { labels: ['bus'] },
    });
    await mkdir(join(root, 'empty'));
    await expect(readData(join(root, 'empty'), options)).rejects.toMatchObject({ code: 'data/empty' });
  });

  it('what is no folder', async () => {
    const root = await tempFolder({ 'a.jpg': await jpeg(1), 'b.csv/c': 'x' });
    await expect(readData(join(root, 'missing'), options)).rejects.toMatchObject({ code: 'data/not-found' });
    await expect(readData(join(root, 'a.jpg'), options)).rejects.toMatchObject({ code: 'data/unsupported' });
    await expect(readData('/dev/null', options)).rejects.toMatchObject({ code: 'data/unsupported' });
    await expect(readData(join(root, 'a.jpg', 'b'), options)).rejects.toMatchObject({
      code: 'data/unreadable',
    });
  });

  it('what may not be read', async () => {
    const root = await tempFolder(await carsAndTrucks());
    await chmod(root, 0o755);
    await chmod(join(root, 'car/1.jpg'), 0);
    await asNobody(async () => {
      await expect(readData(root, options)).rejects.toMatchObject({
        code: 'data/bad-image',
        details: { files: [{ file: 'car/1.jpg', reason: 'permission denied' }] },
      });
    });
    await chmod(join(root, 'car'), 0);
    await asNobody(async () => {
      await expect(readData(root, options)).rejects.toMatchObject({ code: 'data/unreadable' });
    });
  });

  it('names every bad file at once, and leaves them out if asked to', async () => {
    const root = await tempFolder({ ...(await carsAndTrucks()), ...broken });
    await symlink('/dev/null', join(root, 'truck', 'null.jpg'));
    const bad = ['car/bad.jpg', 'truck/empty.png', 'truck/notes.txt', 'truck/null.jpg'];
    const error = await readData(root, options).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({
      details: { files: bad.map((file) => ({ file, reason: expect.any(String) })) },
    });
    for (const file of bad) expect((error as Error).message).toContain(`"${file}"`);

    const data = await readData(root, { ...options, skipBad: true });
    expect(data.skipped.map(({ file }) => file)).toEqual(bad);
    expect(data.train.size).toBe(5);
    expect([3, 4].map((index) => [data.names.train[index], data.train.target(index)])).toEqual([
      ['truck/0.jpg', 1],
      ['truck/1.jpg', 1],
    ]);
    expect(codes(data)).toEqual(['skipped-files']);
  });

  it('too few are left after leaving out', async () => {
    const root = await tempFolder({ ...(await carsAndTrucks()), 'truck/0.jpg': 'x' });
    await expect(readData(root, { ...options, skipBad: true })).rejects.toMatchObject({
      code: 'data/too-few',
    });
  });

  const loops: [string, (root: string) => Promise<void>][] = [
    ['to the folder itself', (root) => symlink('.', join(root, 'car', 'self'))],
    ['to the folder above', (root) => symlink('..', join(root, 'car', 'up'))],
    ['by an absolute path', (root) => symlink(root, join(root, 'car', 'root'))],
    [
      'from label to label',
      async (root) => {
        await symlink('../truck', join(root, 'car', 'truck'));
        await symlink('../car', join(root, 'truck', 'car'));
      },
    ],
    ['as a label', (root) => symlink('.', join(root, 'loop'))],
    [
      'that never resolves',
      async (root) => {
        await symlink('b', join(root, 'car', 'a'));
        await symlink('a', join(root, 'car', 'b'));
      },
    ],
  ];
  it.each(loops)('symbolic links in a circle: %s', async (_name, link) => {
    const root = await tempFolder(await carsAndTrucks());
    await link(root);
    await expect(readData(root, options)).rejects.toMatchObject({ code: 'data/symlink-loop' });
  });

  it('a model that takes no such pictures', async () => {
    const root = await tempFolder(await carsAndTrucks());
    const code = (changes: Partial<ReadDataOptions>) =>
      readData(root, { ...options, ...changes }).then(
        () => null,
        (error: { code: string }) => error.code,
      );
    expect(await code({ inputSpec: null })).toBe('usage/input-spec-needed');
    expect(await code({ inputShape: [36] })).toBe('data/does-not-fit');
    expect(await code({ inputShape: [4, 3, 3] })).toBe('usage/input-spec');
    expect(await code({ inputShape: [null, null, 3] })).toBe(null);
    expect(await code({ target: ['label'] })).toBe('usage/target');
    expect(await code({ task: 'regress' })).toBe('usage/task');
  });

  it('a file that changes after it was checked', async () => {
    const root = await tempFolder(await carsAndTrucks());
    const { train } = await readData(root, options);
    await writeFile(join(root, 'car/0.jpg'), 'x');
    await rename(join(root, 'car/1.jpg'), join(root, 'gone'));
    for (const index of [0, 1])
      await expect(train.input(index)).rejects.toMatchObject({ code: 'data/bad-image' });
  });

  it('an abort comes through as it is', async () => {
    const root = await tempFolder(await carsAndTrucks());
    const controller = new AbortController();
    const reading = readData(root, {
      ...options,
      signal: controller.signal,
      onProgress: () => controller.abort(),
    });
    await expect(reading).rejects.toMatchObject({ name: 'AbortError' });
  });
});

describe('readEvaluationData', () => {
  const asked = { ...options, task: 'classify', labels: ['truck', 'car', 'bus'] } as const;

  it("takes test/, else validation/, else everything, in the order of the model's labels", async () => {
    const root = await tempFolder(await carsAndTrucks());
    const all = await readEvaluationData(root, asked);
    expect([0, 4].map((index) => all.dataset.target(index))).toEqual([1, 0]);
    expect(all.names).toHaveLength(5);

    const split = await tempFolder({
      ...(await pictures('train/car', 2)),
      ...(await pictures('validation/car', 3)),
    });
    expect((await readEvaluationData(split, asked)).names[0]).toBe('validation/car/0.jpg');
    await addFiles(split, { 'test/truck/only.jpg': await jpeg(1), 'train/car/bad.jpg': 'x' });
    const tested = await readEvaluationData(split, asked);
    expect([tested.names, tested.dataset.target(0)]).toEqual([['test/truck/only.jpg'], 0]);
  });

  it('refuses labels that the model does not know, and bad pictures', async () => {
    const root = await tempFolder({
      ...(await carsAndTrucks()),
      'boat/a.jpg': await raw(3, 3, [1, 2, 3]).png().toBuffer(),
    });
    await expect(readEvaluationData(root, asked)).rejects.toMatchObject({
      code: 'data/unknown-label',
      details: { unknown: ['boat'] },
    });
    const bad = await tempFolder({ 'car/a.jpg': 'x' });
    await expect(readEvaluationData(bad, asked)).rejects.toMatchObject({ code: 'data/bad-image' });
    await expect(readEvaluationData(bad, { ...asked, skipBad: true })).rejects.toMatchObject({
      code: 'data/empty',
    });
  });
});
