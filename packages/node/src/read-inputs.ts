import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { GraftError, type InputSpec } from '@graft/core';
import type { Tensor } from '@tensorflow/tfjs-core';
import { type CheckOptions, checkImages, refuseBadFiles } from './checked-images.js';
import { imageDataset, specForImages } from './image-dataset.js';
import { listFiles } from './list-files.js';
import { isTable } from './read-data.js';
import { systemReason } from './system-errors.js';
import { readTable } from './table.js';
import { tableRows } from './table-data.js';

export interface ReadInputsOptions extends CheckOptions {
  /** The model's input without the batch, for example [224, 224, 3]. */
  readonly inputShape: readonly (number | null)[];
  readonly inputSpec: InputSpec | null;
  /** Columns of tables that are no input, such as the target; they need not be there. */
  readonly ignoreColumns?: readonly string[] | undefined;
}

/** What to predict on, by index. */
export interface Inputs {
  readonly size: number;
  /** One input without a batch dimension, float32. The caller disposes it. */
  input(index: number): Tensor | Promise<Tensor>;
  /** The path of the picture or the table. */
  file(index: number): string;
  /** The row of a table, from 1; null for a picture. */
  row(index: number): number | null;
}

/**
 * Reads pictures, folders of pictures (everything below, in code point order) and CSV tables, in the given order.
 *
 * @throws GraftError `data/*`; pictures that cannot be used are all named at once
 *
 * @example
 * const inputs = await readInputs(['new.jpg', 'more'], { inputShape: [227, 227, 3], inputSpec });
 * const picture = await inputs.input(0); // [227, 227, 3]
 */
export async function readInputs(paths: readonly string[], options: ReadInputsOptions): Promise<Inputs> {
  const parts: Inputs[] = [];
  let pictures: string[] = [];
  const addPictures = async (): Promise<void> => {
    if (pictures.length) parts.push(await pictureInputs(pictures, options));
    pictures = [];
  };
  for (const path of paths) {
    const found = await stat(path).catch((error: unknown) => {
      throw new GraftError(
        'data/not-found',
        `Expected a picture, a folder or a table. Received "${path}": ${systemReason(error)}.`,
        {
          details: { path },
          cause: error,
        },
      );
    });
    if (found.isDirectory()) {
      const inside = await listFiles(path, options.signal);
      if (!inside.length)
        throw new GraftError('data/empty', `Expected pictures in "${path}". Received an empty folder.`);
      for (const file of inside) pictures.push(join(path, file));
    } else if (isTable(path)) {
      await addPictures();
      parts.push(await tableInputs(path, options));
    } else pictures.push(path);
  }
  await addPictures();
  return joinInputs(parts);
}

async function pictureInputs(paths: readonly string[], options: ReadInputsOptions): Promise<Inputs> {
  const spec = specForImages(options.inputSpec, options.inputShape, paths[0] as string);
  const { bad, groups } = await checkImages(paths, paths, options);
  refuseBadFiles(bad);
  const { input } = imageDataset('', paths, { targets: [], groups }, spec);
  return { size: paths.length, input, file: (index) => paths[index] as string, row: () => null };
}

async function tableInputs(path: string, options: ReadInputsOptions): Promise<Inputs> {
  const table = await readTable(path, { text: [], ignored: options.ignoreColumns ?? [] }, options.signal);
  const { input } = (await tableRows(path, table, options)).dataset([]);
  return { size: table.size, input, file: () => path, row: (index) => index + 1 };
}

function joinInputs(parts: readonly Inputs[]): Inputs {
  const size = parts.reduce((sum, part) => sum + part.size, 0);
  const at = <T>(index: number, read: (part: Inputs, index: number) => T): T => {
    let rest = index;
    for (const part of parts) {
      if (rest < part.size) return read(part, rest);
      rest -= part.size;
    }
    throw new RangeError(`Input ${index} of ${size} does not exist.`);
  };
  return {
    size,
    input: (index) => at(index, (part, inner) => part.input(inner)),
    file: (index) => at(index, (part, inner) => part.file(inner)),
    row: (index) => at(index, (part, inner) => part.row(inner)),
  };
}
