import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { byCodePoint } from './list-files.js';

const folder = fileURLToPath(new URL('../models', import.meta.url));

/** A pretrained model that comes with this package. */
export interface BuiltInModel {
  readonly name: string;
  /** Its directory. */
  readonly path: string;
}

/**
 * The pretrained models that come with this package, by name.
 *
 * @example
 * (await builtInModels()).map(({ name }) => name); // ['iconnet', 'squeezenet']
 */
export async function builtInModels(): Promise<BuiltInModel[]> {
  const names = (await readdir(folder)).sort(byCodePoint);
  const models = names.map((name) => ({ name, path: join(folder, name) }));
  const complete = await Promise.all(models.map(({ path }) => isFile(join(path, 'model.json'))));
  return models.filter((_, index) => complete[index]);
}

/** Whether there is a regular file, or a link to one. */
export async function isFile(path: string): Promise<boolean> {
  return (await stat(path).catch(() => null))?.isFile() ?? false;
}
