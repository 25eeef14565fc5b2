import { GraftError } from '@graft/core';
import { shown } from './shown.js';
import { refusedEntry } from './zip-refusal.js';

export interface NameLimits {
  /** Of the whole name, in UTF-8. */
  readonly nameBytes: number;
  /** Folders and the file's own name. */
  readonly depth: number;
}

export const usualNames: NameLimits = { nameBytes: 1024, depth: 16 };

/** A segment has at most 255 bytes on the usual file systems. */
const SEGMENT_BYTES = 255;

/**
 * A name in an archive as a path below the folder that the archive is unpacked to, with `/` and without `.`.
 *
 * @returns `''` for that folder itself; without a slash at the end also for folders
 * @throws GraftError `data/archive-path`
 *
 * @example
 * entryPath('./truck/1.jpg', usualNames); // 'truck/1.jpg'
 */
export function entryPath(name: string, { nameBytes, depth }: NameLimits): string {
  const refuse = (why: string) =>
    refusedEntry('data/archive-path', 'names of files below one folder', name, why);
  if (!name) throw refuse('which is no name');
  if (/\p{Cc}/u.test(name)) throw refuse('which has control characters');
  if (name.includes('\\')) throw refuse('which has a backslash');
  if (name.startsWith('/') || /^[a-z]:/i.test(name)) throw refuse('which is absolute');
  if (Buffer.byteLength(name) > nameBytes) throw refuse(`which is longer than ${nameBytes} bytes`);
  const segments = name.replace(/\/$/, '').split('/');
  for (const segment of segments) {
    if (!segment) throw refuse('which has an empty part');
    // Some systems drop dots and blanks at the end, so that ".. " is "..".
    if (segment !== '.' && /^[. ]+$/.test(segment)) throw refuse('which leads out of its folder');
    if (Buffer.byteLength(segment) > SEGMENT_BYTES)
      throw refuse(`a part of which is longer than ${SEGMENT_BYTES} bytes`);
  }
  const kept = segments.filter((segment) => segment !== '.');
  if (kept.length > depth) throw refuse(`which is deeper than ${depth} levels`);
  return kept.join('/');
}

/**
 * As `entryPath`, for what must not be the folder itself.
 *
 * @throws GraftError `data/archive-path`
 */
export function filePath(name: string, limits: NameLimits): string {
  const path = entryPath(name, limits);
  if (path === '') throw refusedEntry('data/archive-path', 'names of files', name, 'which is a folder');
  return path;
}

/** Finds paths that are the same on some file system: in another case or Unicode form, or a file where a folder is. */
export class TakenPaths {
  readonly #files = new Set<string>();
  readonly #folders = new Set<string>();

  /** @throws GraftError `data/archive-duplicate` */
  addFile(path: string): void {
    const key = folded(path);
    if (this.#files.has(key) || this.#folders.has(key)) throw duplicate(path);
    this.#addAbove(key, path);
    this.#files.add(key);
  }

  /** A folder may come more than once. @throws GraftError `data/archive-duplicate` */
  addFolder(path: string): void {
    const key = folded(path);
    if (this.#files.has(key)) throw duplicate(path);
    this.#addAbove(key, path);
    this.#folders.add(key);
  }

  #addAbove(key: string, path: string): void {
    for (let end = key.lastIndexOf('/'); end > 0; end = key.lastIndexOf('/', end - 1)) {
      const folder = key.slice(0, end);
      if (this.#folders.has(folder)) return; // and so are those above it
      if (this.#files.has(folder)) throw duplicate(path);
      this.#folders.add(folder);
    }
  }
}

const folded = (path: string): string => path.normalize('NFC').toLowerCase().normalize('NFC');

function duplicate(path: string): GraftError {
  return new GraftError(
    'data/archive-duplicate',
    `Expected each file once, also on systems that take capital and small letters for equal. Received ${shown(path)} again.`,
    { hint: 'Rename one of them.', details: { entry: path } },
  );
}
