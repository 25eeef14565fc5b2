import { basename } from 'node:path';
import { GraftError, type Dataset, type Warning } from '@graft/core';
import { type BadFile, checkImages, refuseBadFiles, skippedWarning } from './checked-images.js';
import { commonGroups, contentWarnings, equalRows } from './equal-content.js';
import { imageDataset, rowDataset, specForImages } from './image-dataset.js';
import { checkLabelCounts, similarLabelWarnings } from './labelled-folders.js';
import type { EvaluationData, FileData, ReadDataOptions, ReadEvaluationDataOptions } from './read-data.js';
import { FILE_COLUMN, readTable, type Table } from './table.js';
import { resolveTableFiles } from './table-files.js';
import { rowShape } from './table-shape.js';
import { constantTargetWarnings, type TableTargets, tableTargets } from './table-targets.js';

/** A table to learn from. */
export async function trainingTable(path: string, options: ReadDataOptions): Promise<FileData> {
  const { rows, bad, targets } = await readExamples(path, options, null);
  const { task, labels } = targets;
  if (task === 'classify') checkLabelCounts(labels ?? [], targets.targets as number[], path);
  if (rows.names.length < 2) {
    throw new GraftError('data/too-few', `Expected at least two rows in "${path}". Received ${rows.names.length}.`);
  }
  return {
    task,
    labels,
    train: rows.dataset,
    validation: null,
    names: { train: rows.names, validation: null },
    groups: commonGroups(rows.groups),
    warnings: [
      ...(task === 'classify' ? similarLabelWarnings(labels ?? []) : []),
      ...constantTargetWarnings(targets),
      ...skippedWarning(bad),
      ...contentWarnings({ files: rows.names, targets: targets.targets, groups: rows.groups }, null),
    ],
    skipped: bad,
  };
}

/** A table to test on. */
export async function evaluationTable(path: string, options: ReadEvaluationDataOptions): Promise<EvaluationData> {
  const { rows, bad } = await readExamples(path, options, options.labels);
  return { dataset: rows.dataset, names: rows.names, warnings: skippedWarning(bad), skipped: bad };
}
