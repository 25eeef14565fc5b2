import { type FileHandle, open } from 'node:fs/promises';
import { GraftError } from '@graft/core';
import { entryPath, filePath, type NameLimits, TakenPaths, usualNames } from './entry-names.js';
import { readZipDirectory, type ZipRecord } from './zip-directory.js';
import { placeZipData } from './zip-placement.js';
import { refusedEntry } from './zip-refusal.js';

/** Limits of names are the usual ones if not given: 1024 bytes, 16 levels. */
export interface ZipLimits extends Partial<NameLimits> {
  /** Files and folders. */
  readonly entries: number;
  /** Of all files, unpacked. */
  readonly bytes: number;
  /** How many times larger files may be unpacked, each and all together. */
  readonly ratio: number;
}

/** What archives of models are held to; data sets may have more entries. */
export const modelZipLimits: ZipLimits = { entries: 2000, bytes: 2 ** 30, ratio: 200 };

export interface ZipEntry {
  /** Relative, with `/`. */
  readonly path: string;
  /** Unpacked. */
  readonly bytes: number;
  readonly compressedBytes: number;
  readonly deflated: boolean;
  readonly crc32: number;
  /** Where its bytes begin in the zip file. */
  readonly start: number;
}

/** A zip file that was found sound as far as that shows without unpacking it. */
export interface OpenZip {
  readonly handle: FileHandle;
  /** In the order of the zip file, without what macOS adds on its own. */
  readonly files: readonly ZipEntry[];
  /** Those that have entries of their own. */
  readonly folders: readonly string[];
  /** Of all files, unpacked. */
  readonly bytes: number;
  close(): Promise<void>;
}

/** What unpacks to 1 MB at most is no bomb, and empty pages of a table or weights of zeros pack 1000 to 1. */
const SMALL_BYTES = 2 ** 20;

/**
 * Opens a zip file whose every entry keeps the rules: plain files and folders below one folder, each once, stored or
 * deflated, with sizes, names and places that agree wherever the file states them and keep within `limits`.
 * The caller closes it.
 *
 * @throws GraftError `data/bad-archive`, `data/too-many-files`, `data/too-large`, `data/archive-ratio`,
 *   `data/archive-path`, `data/archive-duplicate`, `data/archive-link`, `data/archive-encrypted`,
 *   `data/archive-compression`
 *
 * @example
 * const zip = await openZip('photos.zip', { entries: 100_000, bytes: 2 ** 30, ratio: 200 });
 * zip.files[0]?.path; // 'truck/1.jpg'
 */
export async function openZip(path: string, limits: ZipLimits, signal?: AbortSignal): Promise<OpenZip> {
  const handle = await open(path);
  const close = () => handle.close();
  try {
    const { size } = await handle.stat();
    const directory = await readZipDirectory(handle, size, limits.entries, signal);
    const bytes = refuseBombs(directory.records, size, limits);
    const paths = checkedPaths(directory.records, limits);
    const starts = await placeZipData(handle, directory, signal);
    const files: ZipEntry[] = [];
    const folders: string[] = [];
    for (const [index, record] of directory.records.entries()) {
      const path = paths[index] as string;
      if (addedByMacos(path) || path === '') continue;
      if (record.isFolder) folders.push(path);
      else files.push(zipEntry(record, path, starts[index] as number));
    }
    return { handle, files, folders, bytes, close };
  } catch (error) {
    await close();
    throw error;
  }
}

function zipEntry(
  { bytes, compressedBytes, method, crc32 }: ZipRecord,
  path: string,
  start: number,
): ZipEntry {
  return { path, bytes, compressedBytes, deflated: method === 8, crc32, start };
}

function refuseBombs(records: readonly ZipRecord[], size: number, { bytes: most, ratio }: ZipLimits): number {
  let total = 0;
  for (const { name, bytes, compressedBytes } of records) {
    total += bytes;
    if (total > most) {
      throw new GraftError(
        'data/too-large',
        `Expected files of at most ${most} bytes together. Received more.`,
        {
          details: { maxBytes: most },
        },
      );
    }
    if (bytes > SMALL_BYTES && bytes > ratio * compressedBytes) {
      throw refusedEntry(
        'data/archive-ratio',
        `files packed ${ratio} to 1 at most`,
        name,
        'which is packed tighter',
      );
    }
  }
  if (total > SMALL_BYTES && total > ratio * size) {
    throw new GraftError(
      'data/archive-ratio',
      `Expected files packed ${ratio} to 1 at most. Received ${total} bytes out of ${size}.`,
    );
  }
  return total;
}

function checkedPaths(records: readonly ZipRecord[], limits: ZipLimits): string[] {
  const names = { ...usualNames, ...limits };
  const taken = new TakenPaths();
  return records.map(({ name, isFolder }) => {
    const path = isFolder ? entryPath(name, names) : filePath(name, names);
    if (!isFolder) taken.addFile(path);
    else if (path !== '') taken.addFolder(path);
    return path;
  });
}

/** Forks of files and the looks of folders, which macOS packs beside what was asked for. */
const addedByMacos = (path: string): boolean => /(^|\/)(__MACOSX(\/|$)|\.DS_Store$)/.test(path);
