import '@tensorflow/tfjs-backend-cpu';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Tensor } from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { readInputs } from './read-inputs.js';
import { inputSpecOf } from './testing/input-specs.js';
import { jpeg, pictures } from './testing/pictures.js';
import { tempFolder } from './testing/temp-folder.js';

const pictureOptions = { inputShape: [2, 2, 1], inputSpec: inputSpecOf({ channels: 1, resize: 'crop' }) };

describe('readInputs', () => {
  it('reads files, folders and tables in the given order', async () => {
    const root = await tempFolder({
      ...(await pictures('b/inner', 2)),
      'b/a.png': await jpeg(7),
      'one.jpg': await jpeg(8),
      'list.csv': 'file\none.jpg\nb/a.png\n',
    });
    const at = (name: string) => join(root, name);
    const inputs = await readInputs([at('one.jpg'), at('list.csv'), at('b')], pictureOptions);
    expect(Array.from({ length: inputs.size }, (_, i) => [inputs.file(i), inputs.row(i)])).toEqual([
      [at('one.jpg'), null],
      [at('list.csv'), 1],
      [at('list.csv'), 2],
      [at('b/a.png'), null],
      [at('b/inner/0.jpg'), null],
      [at('b/inner/1.jpg'), null],
    ]);
    const tensors = await Promise.all([0, 1, 5].map((i) => inputs.input(i) as Promise<Tensor>));
    expect(tensors[0]?.shape).toEqual([2, 2, 1]);
    expect(tensors[0]?.dataSync()).toEqual(tensors[1]?.dataSync());
    expect(tensors[2]?.dataSync()).not.toEqual(tensors[1]?.dataSync());
    expect(() => inputs.file(6)).toThrow(RangeError);
  });

  it('reads rows of numbers without the target, which need not be there', async () => {
    const root = await tempFolder({ 'a.csv': 'x,y,z\n1,dog,2\n3,,4\n', 'b.csv': 'x,z\n5,6\n' });
    const inputs = await readInputs([join(root, 'a.csv'), join(root, 'b.csv')], {
      inputShape: [2],
      inputSpec: null,
      ignoreColumns: ['y'],
    });
    const rows = await Promise.all(
      [0, 1, 2].map(async (i) => [...(await inputs.input(i)).dataSync(), inputs.row(i)]),
    );
    expect(rows).toEqual([
      [1, 2, 1],
      [3, 4, 2],
      [5, 6, 1],
    ]);
  });

  it('names all bad pictures at once', async () => {
    const root = await tempFolder({ 'a.jpg': await jpeg(1), 'in/b.jpg': 'x', 'in/c.txt': 'x' });
    await mkdir(join(root, 'empty'));
    const code = (paths: string[], options: Parameters<typeof readInputs>[1] = pictureOptions) =>
      readInputs(
        paths.map((path) => join(root, path)),
        options,
      ).catch((error: unknown) => error);
    expect(await code(['a.jpg', 'in'])).toMatchObject({
      code: 'data/bad-image',
      details: { files: [{ file: join(root, 'in/b.jpg') }, { file: join(root, 'in/c.txt') }] },
    });
    expect(await code(['gone.jpg'])).toMatchObject({ code: 'data/not-found' });
    expect(await code(['empty'])).toMatchObject({ code: 'data/empty' });
    expect(await code(['a.jpg'], { inputShape: [4], inputSpec: null })).toMatchObject({
      code: 'data/does-not-fit',
    });
  });
});
