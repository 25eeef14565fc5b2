import { GraftError, type Warning } from '@graft/core';
import { byCodePoint } from './code-points.js';
import type { NameTree } from './name-tree.js';
import { shown, shownSome } from './shown.js';

interface LabelCount {
  readonly label: string;
  readonly examples: number;
}

type Part = 'train' | 'validation' | 'test';

/** What labelled folders hold, by their names alone. */
export interface LabelledNames {
  /** The folder that everything lies in, with `/`; `''`: at the top. */
  readonly root: string;
  /** Folders of labels by part; none: the labels are right at the top. */
  readonly parts: readonly Part[];
  /** Of what is trained on, in code point order. */
  readonly labels: readonly LabelCount[];
  readonly warnings: readonly Warning[];
}

const partNames: readonly Part[] = ['train', 'validation', 'test'];
const likeParts = /^(train(ing)?|valid(ation)?|val|dev|test(ing)?)$/i;
const pictures = /\.(jpe?g|png|webp)$/i;

/**
 * Applies the rules of labelled folders as `readData` of @graft/node has them, so that what training would refuse
 * is refused before it is stored. A single folder around everything is looked through.
 *
 * @param name of the upload, for messages
 * @throws GraftError `data/empty`, `data/no-labels`, `data/layout`, `data/empty-class`, `data/one-class`,
 *   `data/too-few`, `data/unknown-label`
 */
export function labelledNames(tree: NameTree, name: string): LabelledNames {
  const { root, folder } = lookThrough(tree);
  const parts = partsOf(folder, name);
  if (parts.length && !parts.includes('train')) {
    throw new GraftError(
      'data/layout',
      `Expected a folder "train" beside "test". Received none in ${shown(name)}.`,
    );
  }
  const warnings: Warning[] = [];
  const count = (part: Part | '') =>
    countLabels(part ? folder.folders.get(part) : folder, part, name, warnings);
  const labels = count(parts.length ? 'train' : '');
  refuseFew(labels, name);
  if (parts.includes('validation')) refuseUnknown(count('validation'), labels, name);
  return { root, parts, labels, warnings: [...warnings, ...similarLabels(labels)] };
}

function lookThrough(tree: NameTree): { root: string; folder: NameTree } {
  const path: string[] = [];
  let folder = tree;
  while (!folder.files.length && folder.folders.size === 1) {
    const [name, inner] = [...folder.folders][0] as [string, NameTree];
    if (!inner.folders.size || likeParts.test(name)) break;
    path.push(name);
    folder = inner;
  }
  return { root: path.join('/'), folder };
}

function partsOf({ folders, files }: NameTree, name: string): Part[] {
  if (!folders.size) {
    throw files.length
      ? new GraftError(
          'data/no-labels',
          `Expected a folder for each label in ${shown(name)}. Received ${files.length} files and no folder.`,
          { hint: 'Put the pictures of each label into a folder of its name.' },
        )
      : new GraftError(
          'data/empty',
          `Expected labelled folders. Received an empty zip file, ${shown(name)}.`,
        );
  }
  const named = [...folders.keys()].sort(byCodePoint);
  const isSplit = named.some(
    (folder) => /^(train|test)/i.test(folder) && likeParts.test(folder) && folders.get(folder)?.folders.size,
  );
  if (!isSplit) return [];
  if (named.some((folder) => !partNames.includes(folder as Part))) {
    throw new GraftError(
      'data/layout',
      `Expected folders of labels, or train/, validation/ and test/ above them and nothing else. Received ${shownSome(named)}.`,
      {
        hint: 'Rename or move the others; a label that is called "train" or "test" must hold its pictures without folders in between.',
        details: { folders: named.slice(0, 1000) },
      },
    );
  }
  return partNames.filter((part) => folders.has(part));
}

function countLabels(
  folder: NameTree | undefined,
  part: string,
  name: string,
  warnings: Warning[],
): LabelCount[] {
  const where = part ? `"${part}" of ${shown(name)}` : shown(name);
  if (!folder?.folders.size) {
    throw new GraftError('data/empty', `Expected a folder for each label. Received none in ${where}.`);
  }
  if (folder.files.length) {
    warnings.push({
      code: 'loose-files',
      message: `${folder.files.length} files in ${where} lie in no label's folder and are not used: ${shownSome(folder.files)}.`,
    });
  }
  const others: string[] = [];
  const labels = [...folder.folders.keys()].sort(byCodePoint).map((label) => ({
    label,
    examples: countFiles(folder.folders.get(label) as NameTree, others),
  }));
  const empty = labels.filter(({ examples }) => !examples).map(({ label }) => label);
  if (empty.length) {
    throw new GraftError(
      'data/empty-class',
      `Expected pictures for every label. Received none for ${shownSome(empty)} in ${where}.`,
      { hint: 'Add pictures, or remove the folder.', details: { labels: empty.slice(0, 1000) } },
    );
  }
  if (others.length) {
    warnings.push({
      code: 'not-pictures',
      message: `${others.length} files in ${where} are no JPEG, PNG or WebP by their names: ${shownSome(others)}.`,
    });
  }
  return labels;
}

/** @param others gets those that are no pictures by their names */
function countFiles({ folders, files }: NameTree, others: string[]): number {
  for (const file of files) if (!pictures.test(file)) others.push(file);
  let count = files.length;
  for (const folder of folders.values()) count += countFiles(folder, others);
  return count;
}

function refuseFew(labels: readonly LabelCount[], name: string): void {
  const details = { labels: labels.map(({ label }) => label).slice(0, 1000) };
  if (labels.length < 2) {
    throw new GraftError(
      'data/one-class',
      `Expected at least two labels in ${shown(name)}. Received one: ${shownSome(details.labels)}.`,
      { hint: 'Add examples of another label: a single one leaves nothing to tell apart.', details },
    );
  }
  const few = labels.filter(({ examples }) => examples < 2).map(({ label }) => label);
  if (few.length) {
    throw new GraftError(
      'data/too-few',
      `Expected at least two examples of every label in ${shown(name)}. Received fewer of ${shownSome(few)}.`,
      {
        hint: 'One to train on and one to check with are the least.',
        details: { labels: few.slice(0, 1000) },
      },
    );
  }
}

function refuseUnknown(found: readonly LabelCount[], known: readonly LabelCount[], name: string): void {
  const labels = known.map(({ label }) => label);
  const all = new Set(labels);
  const unknown = found.map(({ label }) => label).filter((label) => !all.has(label));
  if (!unknown.length) return;
  throw new GraftError(
    'data/unknown-label',
    `Expected labels among ${shownSome(labels)}. Received ${shownSome(unknown)} in "validation" of ${shown(name)}.`,
    { details: { unknown: unknown.slice(0, 1000), labels: labels.slice(0, 1000) } },
  );
}

/** Every group of them is a warning; nobody reads hundreds. */
const MOST_GROUPS = 20;

function similarLabels(labels: readonly LabelCount[]): Warning[] {
  const groups = new Map<string, string[]>();
  for (const { label } of labels) {
    const key = label.normalize('NFC').trim().toLowerCase();
    const group = groups.get(key);
    if (group) group.push(label);
    else groups.set(key, [label]);
  }
  return [...groups.values()]
    .filter((group) => group.length > 1)
    .slice(0, MOST_GROUPS)
    .map((group) => ({
      code: 'similar-labels',
      message: `These labels differ only in case or spelling and are learned apart: ${shownSome(group)}.`,
    }));
}
