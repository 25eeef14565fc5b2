import { stat } from 'node:fs/promises';
import { GraftError } from '@graft/core';
import type { EvaluationData, FileData, ReadDataOptions, ReadEvaluationDataOptions } from './file-data.js';
import { evaluationFolders, trainingFolders } from './folder-data.js';
import { systemCode, systemReason } from './system-errors.js';
import { evaluationTable, trainingTable } from './table-data.js';

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
