import { mkdir, rename } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { builtInModels } from './built-in-models.js';
import { findModel } from './find-model.js';
import { tempFolder } from './testing/temp-folder.js';

describe('findModel', () => {
  it('finds a built-in model by its name alone', async () => {
    const [first] = await builtInModels();
    expect(await findModel(first?.name as string)).toEqual({
      name: first?.name,
      kind: 'built-in',
      path: first?.path,
    });
    await expect(findModel(`./${first?.name}`)).rejects.toMatchObject({ code: 'model/not-found' });
  });

  it('finds directories, model.json files of any name, and runs', async () => {
    const root = await tempFolder({
      'cars/model.json': '{}',
      'cars/other.json': '{}',
      'run/model.json': '{}',
      'run/run.json': '{}',
    });
    expect(await findModel(join(root, 'cars/'))).toEqual({
      name: 'cars',
      kind: 'model',
      path: join(root, 'cars'),
    });
    expect(await findModel(join(root, 'cars/other.json'))).toMatchObject({
      name: 'cars',
      kind: 'model',
      path: join(root, 'cars/other.json'),
    });
    const run = { name: 'run', kind: 'run', path: join(root, 'run') };
    expect(await findModel(join(root, 'run'))).toEqual(run);
    expect(await findModel(join(root, 'run/model.json'))).toEqual(run);
  });

  it('finds a run that a kill left half replaced', async () => {
    const root = await tempFolder({ 'run/model.json': '{}', 'run/run.json': '{}' });
    await rename(join(root, 'run'), join(root, '.run.graft-old'));
    expect(await findModel(join(root, 'run/model.json'))).toMatchObject({ kind: 'run' });
  });

  it('says what is wrong', async () => {
    const root = await tempFolder({ 'a.txt': 'x' });
    await mkdir(join(root, 'empty'));
    await expect(findModel('squeezenett')).rejects.toMatchObject({
      code: 'model/unknown',
      message: expect.stringContaining('squeezenet'),
      details: { builtIn: expect.arrayContaining(['squeezenet']) },
    });
    const cases = {
      [join(root, 'empty')]: 'model/no-model-json',
      [join(root, 'gone')]: 'model/not-found',
      'gone.json': 'model/not-found',
      '..nothing': 'model/not-found',
      'a\0b': 'model/unknown',
      __proto__: 'model/unknown',
    };
    for (const [path, code] of Object.entries(cases))
      await expect(findModel(path), basename(path)).rejects.toMatchObject({ code });
  });
});
