import { stat } from 'node:fs/promises';
import type { Dataset, InputSpec, Task, TrainingData, Warning } from '@graft/core';
import { GraftError } from '@graft/core';
import type { BadFile, CheckOptions } from './checked-images.js';
import { evaluationFolders, trainingFolders } from './folder-data.js';
import { systemCode, systemReason } from './system-errors.js';
import { evaluationTable, trainingTable } from './table-data.js';

export interface ReadDataOptions extends CheckOptions {
  /** The model's input without the batch, for example [224, 224, 3]. */
  readonly inputShape: readonly (number | null)[];
  /** How pictures become input; null where it is not known, which only tables of numbers allow. */
  readonly inputSpec: InputSpec | null;
  /** The target columns of a table. */
  readonly target?: readonly string[] | undefined;
  /** What the target columns mean, where their values leave it open. */
  readonly task?: Task | undefined;
  /** Leave out pictures that cannot be used, instead of refusing the data. */
  readonly skipBad?: boolean | undefined;
}

/** Training data, with where each example came from. */
export interface FileData extends TrainingData {
  /** For each example its file relative to the data folder, or `table.csv:ROW` with rows from 1. */
  readonly names: { readonly train: readonly string[]; readonly validation: readonly string[] | null };
  /** The path of an example's picture; null where it is a row of numbers. */
  picture(part: 'train' | 'validation', index: number): string | null;
  readonly warnings: readonly Warning[];
  /** Files that `skipBad` left out. */
  readonly skipped: readonly BadFile[];
}

export interface ReadEvaluationDataOptions extends ReadDataOptions {
  readonly task: Task;
  /** The labels that the model knows, in output order; null for regression. */
  readonly labels: readonly string[] | null;
}

/** Examples to test a model on. */
export interface EvaluationData {
  readonly dataset: Dataset;
  /** As `FileData.names`. */
  readonly names: readonly string[];
  readonly warnings: readonly Warning[];
  readonly skipped: readonly BadFile[];
}

/**
 * Reads what a model shall learn: labelled folders (`DATA/<label>/**`, or `train/` and `validation/` above them), or
 * a CSV table with a header. `test/` is never opened. Every picture is decoded once to see that it can be; after
 * that only paths and targets are kept, and `input` decodes again.
 *
 * @throws GraftError `data/*`; `usage/*` where `target` or `task` do not fit the data
 *
 * @example
 * const data = await readData('photos', { inputShape: [227, 227, 3], inputSpec });
 * data.labels; // ['car', 'truck']
 */
export async function readData(path: string, options: ReadDataOptions): Promise<FileData> {
  return (await isDirectory(path)) ? trainingFolders(path, options) : trainingTable(path, options);
}

/**
 * Reads what a model is tested on: of folders `test/`, else `validation/`, else everything; of a table every row.
 * A label that the model does not know is an error, a label without examples is none.
 *
 * @throws GraftError as `readData`
 *
 * @example
 * const { dataset } = await readEvaluationData('photos', { inputShape, inputSpec, task: 'classify', labels });
 */
export async function readEvaluationData(
  path: string,
  options: ReadEvaluationDataOptions,
): Promise<EvaluationData> {
  return (await isDirectory(path)) ? evaluationFolders(path, options) : evaluationTable(path, options);
}

async function isDirectory(path: string): Promise<boolean> {
  const found = await stat(path).catch((error: unknown) => {
    throw new GraftError(
      systemCode(error) === 'ENOENT' ? 'data/not-found' : 'data/unreadable',
      `Expected a folder or a CSV table. Received "${path}": ${systemReason(error)}.`,
      { details: { path }, cause: error },
    );
  });
  if (!found.isDirectory() && !(found.isFile() && isTable(path))) {
    throw new GraftError('data/unsupported', `Expected a folder or a .csv table. Received "${path}".`, {
      hint: 'Give the folder that holds a folder for each label.',
      details: { path },
    });
  }
  return found.isDirectory();
}

/** By its name: nothing else tells a table from another text file. */
export const isTable = (path: string): boolean => /\.csv$/i.test(path);
