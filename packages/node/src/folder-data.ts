import { join } from 'node:path';
import { type Dataset, GraftError, type InputSpec, type Warning } from '@graft/core';
import { type BadFile, checkImages, refuseBadFiles, skippedWarning } from './checked-images.js';
import { contentWarnings } from './equal-content.js';
import type { EvaluationData, FileData, ReadDataOptions, ReadEvaluationDataOptions } from './file-data.js';
import { at, imageDataset, specForImages } from './image-dataset.js';
import { checkLabelCounts, similarLabelWarnings } from './label-checks.js';
import { folderLayout, type LabelledFiles, listLabelledFiles, withLabels } from './labelled-folders.js';

/** Labelled folders to learn from. */
export async function trainingFolders(root: string, options: ReadDataOptions): Promise<FileData> {
  const spec = imageSpec(root, options);
  const layout = await folderLayout(root);
  if (layout.train === null) {
    throw new GraftError(
      'data/layout',
      `Expected a folder "train" beside "test". Received none in "${root}".`,
    );
  }
  const warnings: Warning[] = [];
  const found = await listLabelledFiles(root, layout.train, warnings, options.signal);
  const { labels } = found;
  const where = join(root, layout.train);
  checkLabelCounts(labels, found.targets, where);
  const parts = [found];
  if (layout.validation !== null) {
    const listed = await listLabelledFiles(root, layout.validation, warnings, options.signal);
    parts.push(withLabels(listed, labels, join(root, layout.validation)));
  }
  const { checked, bad } = await checkParts(root, parts, options);
  const [train, validation] = checked as [CheckedPart, CheckedPart?];
  if (bad.length) checkLabelCounts(labels, train.targets, where);
  return {
    task: 'classify',
    labels,
    train: dataset(root, train, spec),
    validation: validation ? dataset(root, validation, spec) : null,
    names: { train: train.files, validation: validation?.files ?? null },
    picture: (part, index) => join(root, at((part === 'train' ? train : validation)?.files ?? [], index)),
    warnings: [
      ...warnings,
      ...similarLabelWarnings(labels),
      ...skippedWarning(bad),
      ...contentWarnings(train, validation ?? null),
    ],
    skipped: bad,
  };
}

/** Labelled folders to test on. */
export async function evaluationFolders(
  root: string,
  options: ReadEvaluationDataOptions,
): Promise<EvaluationData> {
  const spec = imageSpec(root, options);
  const layout = await folderLayout(root);
  const part = layout.test ?? layout.validation ?? layout.train ?? '';
  const warnings: Warning[] = [];
  const listed = await listLabelledFiles(root, part, warnings, options.signal);
  const found = withLabels(listed, options.labels ?? [], join(root, part));
  const { checked, bad } = await checkParts(root, [found], options);
  const [kept] = checked as [CheckedPart];
  if (!kept.files.length) {
    throw new GraftError(
      'data/empty',
      `Expected pictures that can be used. Received none in "${join(root, part)}".`,
    );
  }
  return {
    dataset: dataset(root, kept, spec),
    names: kept.files,
    warnings: [...warnings, ...skippedWarning(bad)],
    skipped: bad,
  };
}

function imageSpec(root: string, { inputSpec, inputShape, task, target }: ReadDataOptions): InputSpec {
  if (target?.length) {
    throw new GraftError(
      'usage/target',
      `Expected a table for target columns. Received labelled folders, "${root}".`,
    );
  }
  if (task && task !== 'classify') {
    throw new GraftError(
      'usage/task',
      `Expected a table for the task "${task}". Received labelled folders, "${root}".`,
    );
  }
  return specForImages(inputSpec, inputShape, root);
}

interface CheckedPart extends LabelledFiles {
  /** Equal for files of equal content, in whichever part. */
  readonly groups: readonly number[];
}

async function checkParts(
  root: string,
  parts: readonly LabelledFiles[],
  options: ReadDataOptions,
): Promise<{ checked: CheckedPart[]; bad: readonly BadFile[] }> {
  const names = parts.flatMap(({ files }) => files);
  const { groups, bad } = await checkImages(
    names.map((name) => join(root, name)),
    names,
    options,
  );
  if (!options.skipBad) refuseBadFiles(bad);
  const skipped = new Set(bad.map(({ index }) => index));
  let start = 0;
  const checked = parts.map(({ labels, files, targets }) => {
    const first = start;
    start += files.length;
    const kept = files.map((_, index) => index).filter((index) => !skipped.has(first + index));
    return {
      labels,
      files: kept.map((index) => files[index] as string),
      targets: kept.map((index) => targets[index] as number),
      groups: kept.map((index) => groups[first + index] as number),
    };
  });
  return { checked, bad: bad.map(({ file, reason }) => ({ file, reason })) };
}

function dataset(root: string, part: CheckedPart, spec: InputSpec): Dataset {
  return imageDataset(root, part.files, part, spec);
}
