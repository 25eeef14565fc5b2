import { join } from 'node:path';
import { GraftError, type Warning } from '@graft/core';
import { unknownLabels } from './label-checks.js';
import { listEntries, listFiles } from './list-files.js';
import { listSome } from './list-some.js';

/** The files of one part of the data, with the label of each. */
export interface LabelledFiles {
  /** In code point order. */
  readonly labels: readonly string[];
  /** Relative to the data folder, with `/`; label by label. */
  readonly files: readonly string[];
  /** Index into `labels` of each file. */
  readonly targets: readonly number[];
}

/** Which folders hold which part, relative to the data folder; `''` is that folder itself. */
export interface FolderLayout {
  readonly train: string | null;
  readonly validation: string | null;
  readonly test: string | null;
}

const parts = ['train', 'validation', 'test'];
/** What people also call the three parts; taken for labels they would train nonsense. */
const likeParts = /^(train(ing)?|valid(ation)?|val|dev|test(ing)?)$/i;

/**
 * Finds out whether a folder holds labels, or `train/`, `validation/` and `test/` above them.
 *
 * @throws GraftError `data/empty`, `data/no-labels`, `data/layout`
 */
export async function folderLayout(root: string): Promise<FolderLayout> {
  const { directories, files } = await listEntries(root);
  if (!directories.length) {
    throw files.length
      ? new GraftError(
          'data/no-labels',
          `Expected a folder for each label in "${root}". Received ${files.length} files and no folder.`,
          {
            hint: 'Put the pictures of each label into a folder of its name, or give a CSV table.',
          },
        )
      : new GraftError(
          'data/empty',
          `Expected labelled folders or a CSV table. Received an empty folder, "${root}".`,
        );
  }
  const labelled: FolderLayout = { train: '', validation: null, test: null };
  const candidates = directories.filter((name) => likeParts.test(name));
  const inner = await Promise.all(
    candidates.map(async (name) => (await listEntries(join(root, name))).directories.length),
  );
  const isSplit = candidates.some((name, index) => /^(train|test)/i.test(name) && inner[index]);
  if (!isSplit) return labelled;
  const others = directories.filter((name) => !parts.includes(name));
  if (others.length) {
    throw new GraftError(
      'data/layout',
      `Expected folders of labels, or train/, validation/ and test/ above them and nothing else. Received ${listSome(
        directories.map((name) => `"${name}"`),
      )}.`,
      {
        hint: 'Rename or move the others; a label that is called "train" or "test" must hold its pictures without folders in between.',
        details: { folders: directories },
      },
    );
  }
  const part = (name: string) => (directories.includes(name) ? name : null);
  return { train: part('train'), validation: part('validation'), test: part('test') };
}

/**
 * Lists `FOLDER/<label>/**`, without opening a file.
 *
 * @param part the folder relative to `root`, or `''`
 * @throws GraftError `data/empty`, `data/empty-class`, `data/symlink-loop`
 */
export async function listLabelledFiles(
  root: string,
  part: string,
  warnings: Warning[],
  signal?: AbortSignal,
): Promise<LabelledFiles> {
  const folder = join(root, part);
  const { directories: labels, files: loose } = await listEntries(folder);
  if (!labels.length) {
    throw new GraftError('data/empty', `Expected a folder for each label. Received none in "${folder}".`);
  }
  if (loose.length) {
    warnings.push({
      code: 'loose-files',
      message: `${loose.length} files in "${folder}" lie in no label's folder and are not used: ${listSome(loose, 5)}.`,
    });
  }
  const files: string[] = [];
  const targets: number[] = [];
  const empty: string[] = [];
  for (const [target, label] of labels.entries()) {
    const inside = await listFiles(join(folder, label), signal);
    if (!inside.length) empty.push(label);
    for (const file of inside) {
      files.push([part, label, file].filter(Boolean).join('/'));
      targets.push(target);
    }
  }
  if (empty.length) {
    throw new GraftError(
      'data/empty-class',
      `Expected pictures for every label. Received none for ${listSome(empty.map((label) => `"${label}"`))} in "${folder}".`,
      { hint: 'Add pictures, or remove the folder.', details: { labels: empty } },
    );
  }
  return { labels, files, targets };
}

/**
 * The same examples with their targets as indices into other labels.
 *
 * @throws GraftError `data/unknown-label`
 */
export function withLabels(found: LabelledFiles, labels: readonly string[], where: string): LabelledFiles {
  const unknown = found.labels.filter((label) => !labels.includes(label));
  if (unknown.length) throw unknownLabels(unknown, labels, where);
  const target = found.labels.map((label) => labels.indexOf(label));
  return { labels, files: found.files, targets: found.targets.map((index) => target[index] as number) };
}
