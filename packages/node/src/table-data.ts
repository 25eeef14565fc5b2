import { basename, dirname, join } from 'node:path';
import { type Dataset, GraftError, type Target } from '@graft/core';
import { type BadFile, checkImages, refuseBadFiles, skippedWarning } from './checked-images.js';
import { readCsv } from './csv-file.js';
import { contentWarnings, equalRows } from './equal-content.js';
import type { EvaluationData, FileData, ReadDataOptions, ReadEvaluationDataOptions } from './file-data.js';
import { at, imageDataset, rowDataset, specForImages } from './image-dataset.js';
import { checkLabelCounts, similarLabelWarnings } from './label-checks.js';
import { listSome } from './list-some.js';
import { rowShape } from './row-shape.js';
import { FILE_COLUMN, readTable, type Table } from './table.js';
import { resolveTableFiles } from './table-files.js';
import { constantTargetWarnings, type TableTargets, tableTargets } from './table-targets.js';

/** A table to learn from. */
export async function trainingTable(path: string, options: ReadDataOptions): Promise<FileData> {
  const { targets, rows, names } = await readExamples(path, options, null);
  const { task, labels } = targets;
  if (names.length < 2) {
    throw new GraftError(
      'data/too-few',
      `Expected at least two rows in "${path}". Received ${names.length}.`,
    );
  }
  if (task === 'classify') checkLabelCounts(labels ?? [], targets.targets as number[], path);
  return {
    task,
    labels,
    train: rows.dataset(targets.targets),
    validation: null,
    names: { train: names, validation: null },
    picture: (_part, index) => rows.picture(index),
    warnings: [
      ...(task === 'classify' ? similarLabelWarnings(labels ?? []) : []),
      ...constantTargetWarnings(targets),
      ...skippedWarning(rows.bad),
      ...contentWarnings({ files: names, targets: targets.targets, groups: rows.groups }, null),
    ],
    skipped: rows.bad,
  };
}

/** A table to test on. */
export async function evaluationTable(
  path: string,
  options: ReadEvaluationDataOptions,
): Promise<EvaluationData> {
  const { targets, rows, names } = await readExamples(path, options, options.labels);
  if (!names.length) {
    throw new GraftError('data/empty', `Expected pictures that can be used. Received none in "${path}".`);
  }
  const { bad } = rows;
  return { dataset: rows.dataset(targets.targets), names, warnings: skippedWarning(bad), skipped: bad };
}

async function readExamples(path: string, options: ReadDataOptions, known: readonly string[] | null) {
  const columns = options.target ?? [];
  if (!columns.length) throw await targetNeeded(path);
  if (new Set(columns).size < columns.length || columns.includes(FILE_COLUMN)) {
    throw new GraftError(
      'usage/target',
      `Expected different target columns other than "${FILE_COLUMN}". Received ${columns.join(', ')}.`,
    );
  }
  const table = await readTable(path, { text: columns }, options.signal);
  const all = tableTargets(table, columns, options.task, known, path);
  const rows = await tableRows(path, table, options);
  const targets: TableTargets = { ...all, targets: rows.kept.map((row) => all.targets[row] as Target) };
  return { targets, rows, names: rows.kept.map((row) => `${basename(path)}:${row + 1}`) };
}

/** The inputs that the rows of a table hold or name. */
export interface TableRows {
  /** Rows that can be used, from 0. */
  readonly kept: readonly number[];
  /** Equal for equal content, one a kept row. */
  readonly groups: readonly number[];
  readonly bad: readonly BadFile[];
  /** The path of the picture of a kept row; null for numbers. */
  picture(index: number): string | null;
  /** @param targets one a kept row */
  dataset(targets: readonly Target[]): Dataset;
}

/**
 * The inputs of a table, as numbers in the model's shape or as the pictures that its `file` column names.
 *
 * @throws GraftError `data/does-not-fit`, `data/outside-folder`, `data/bad-image`
 */
export async function tableRows(path: string, table: Table, options: ReadDataOptions): Promise<TableRows> {
  const names = table.text.get(FILE_COLUMN);
  if (!names) {
    const shape = rowShape(table.features.length, options.inputShape, path);
    const groups = equalRows(table.values, table.features.length);
    const kept = Array.from({ length: table.size }, (_, row) => row);
    return {
      kept,
      groups,
      bad: [],
      picture: () => null,
      dataset: (targets) => rowDataset(table.values, shape, { targets, groups }),
    };
  }
  const spec = specForImages(options.inputSpec, options.inputShape, path);
  const paths = await resolveTableFiles(path, names, table.lines, options.signal);
  const { groups: allGroups, bad } = await checkImages(paths, names, options);
  if (!options.skipBad) refuseBadFiles(bad);
  const skipped = new Set(bad.map(({ index }) => index));
  const kept = names.map((_, row) => row).filter((row) => !skipped.has(row));
  const keep = <T>(list: readonly T[]): T[] => kept.map((row) => list[row] as T);
  const groups = keep(allGroups);
  const files = keep(names);
  return {
    kept,
    groups,
    bad: bad.map(({ file, reason }) => ({ file, reason })),
    picture: (index) => join(dirname(path), at(files, index)),
    dataset: (targets) => imageDataset(dirname(path), files, { targets, groups }, spec),
  };
}

async function targetNeeded(path: string): Promise<GraftError> {
  for await (const { cells } of readCsv(path)) {
    return new GraftError(
      'usage/target-needed',
      `Expected to know which column of "${path}" is the target. Received none; there are ${listSome(cells.map((name) => `"${name}"`))}.`,
      { hint: 'Say --target COLUMN.', details: { columns: cells.slice(0, 1000) } },
    );
  }
  return new GraftError('data/empty', `Expected a table with a header. Received an empty file, "${path}".`);
}
