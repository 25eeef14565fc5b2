import { readdir, realpath, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { GraftError } from '@graft/core';
import { systemCode, systemReason } from './system-errors.js';

/** Directories that link to each other can hold a tree without end that is no loop. */
const MOST_ENTRIES = 10_000_000;

/** What a directory holds: names in code point order, without hidden files. */
export interface Entries {
  readonly directories: readonly string[];
  /** Everything else, broken links and special files too: opening them tells. */
  readonly files: readonly string[];
}

/** Code point order, the same on every machine. */
export function byCodePoint(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const difference = rank(a.charCodeAt(i)) - rank(b.charCodeAt(i));
    if (difference) return difference;
  }
  return a.length - b.length;
}

/** UTF-16 halves of the code points above U+FFFF sort after U+E000 ... U+FFFF. */
const rank = (unit: number): number => (unit < 0xd800 ? unit : unit < 0xe000 ? unit + 0x2000 : unit - 0x800);

/** What systems put beside pictures on their own. */
const hidden = (name: string): boolean =>
  name.startsWith('.') || /^(thumbs\.db|ehthumbs\.db|desktop\.ini)$/i.test(name);

/**
 * Reads one directory; links to directories count as directories.
 *
 * @throws GraftError `data/not-found`, `data/unreadable`, `data/symlink-loop`
 */
export async function listEntries(path: string): Promise<Entries> {
  const found = await readdir(path, { withFileTypes: true }).catch((error: unknown) => {
    throw new GraftError(
      systemCode(error) === 'ENOENT' ? 'data/not-found' : 'data/unreadable',
      `Expected a directory that can be read. Received "${path}": ${systemReason(error)}.`,
      { details: { path }, cause: error },
    );
  });
  const directories: string[] = [];
  const files: string[] = [];
  for (const entry of found) {
    if (hidden(entry.name)) continue;
    const isDirectory = entry.isSymbolicLink()
      ? await linksToDirectory(join(path, entry.name))
      : entry.isDirectory();
    (isDirectory ? directories : files).push(entry.name);
  }
  return { directories: directories.sort(byCodePoint), files: files.sort(byCodePoint) };
}

async function linksToDirectory(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
  } catch (error) {
    if (systemCode(error) === 'ELOOP') throw symlinkLoop(path);
    return false;
  }
}

/**
 * All files below a directory, without hidden ones, as paths relative to it with `/`.
 *
 * @throws GraftError `data/symlink-loop` where a link leads back to a directory above it
 */
export async function listFiles(root: string, signal?: AbortSignal): Promise<string[]> {
  const found: string[] = [];
  let entries = 0;
  const visit = async (relative: string, above: readonly string[]): Promise<void> => {
    signal?.throwIfAborted();
    const path = join(root, relative);
    const real = await realpath(path);
    if (above.includes(real)) throw symlinkLoop(path);
    const { directories, files } = await listEntries(path);
    entries += directories.length + files.length;
    if (entries > MOST_ENTRIES) {
      throw new GraftError(
        'data/too-many-files',
        `Expected at most ${MOST_ENTRIES} files. Received more in "${root}".`,
      );
    }
    for (const name of files) found.push(relative + name);
    for (const name of directories) await visit(`${relative}${name}/`, [...above, real]);
  };
  await visit('', []);
  return found;
}

function symlinkLoop(path: string): GraftError {
  return new GraftError(
    'data/symlink-loop',
    `Expected folders that end. Received "${path}", whose symbolic link leads back to a folder above it.`,
    { hint: 'Remove the link.', details: { path } },
  );
}
