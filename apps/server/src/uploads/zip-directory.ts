import { isUtf8 } from 'node:buffer';
import type { FileHandle } from 'node:fs/promises';
import { GraftError } from '@graft/core';
import { type Entry, fromRandomAccessReaderPromise, getFileNameLowLevel } from 'yauzl';
import { FileReader, readFully } from './file-reader.js';
import { shown } from './shown.js';
import { badArchive, refusedEntry } from './zip-refusal.js';

/** One record of a zip file's central directory, as it stands there. */
export interface ZipRecord {
  readonly name: string;
  readonly rawName: Buffer;
  readonly isFolder: boolean;
  readonly flags: number;
  /** 0: stored, 8: deflated. */
  readonly method: number;
  readonly crc32: number;
  readonly compressedBytes: number;
  readonly bytes: number;
  /** Of the local header. */
  readonly offset: number;
}

export interface ZipDirectory {
  readonly records: readonly ZipRecord[];
  /** Where the directory begins: all files lie before it. */
  readonly start: number;
}

const UTF8_FLAG = 0x800;
/** Encrypted, headers masked; what is strongly encrypted yauzl refuses. */
const ENCRYPTED = 0x1 | 0x2000;
const PATCH = 0x20;

/**
 * Reads what a zip file says that it holds.
 *
 * @param most entries, folders counted
 * @throws GraftError `data/bad-archive`, `data/too-many-files`, `data/archive-link`, `data/archive-encrypted`,
 *   `data/archive-compression`, `data/archive-path`
 */
export async function readZipDirectory(
  file: FileHandle,
  size: number,
  most: number,
  signal?: AbortSignal,
): Promise<ZipDirectory> {
  try {
    const zip = await fromRandomAccessReaderPromise(new FileReader(file, size), size, {
      autoClose: false,
      lazyEntries: true,
      decodeStrings: false, // yauzl's rules for names are only a part of ours
      validateEntrySizes: true,
      strictFileNames: true,
    });
    if (zip.entryCount > most) throw tooMany(most, zip.entryCount);
    const start = Number(zip.readEntryCursor); // a number, whatever its type says
    const records: ZipRecord[] = [];
    for await (const entry of zip.eachEntry()) {
      signal?.throwIfAborted();
      records.push(zipRecord(entry));
    }
    await refuseUncounted(file, Number(zip.readEntryCursor));
    return { records, start };
  } catch (error) {
    if (error instanceof GraftError || signal?.aborted) throw error;
    throw badArchive((error as Error).message, error);
  }
}

function zipRecord(entry: Entry): ZipRecord {
  const { generalPurposeBitFlag: flags, compressionMethod: method, fileNameRaw: rawName } = entry;
  const name = entryName(entry);
  if (flags & ENCRYPTED || method === 99) {
    throw refusedEntry('data/archive-encrypted', 'files that can be read', name, 'which is encrypted');
  }
  if (flags & PATCH || (method !== 0 && method !== 8)) {
    const how = flags & PATCH ? 'which is a patch' : `which is packed by method ${method}`;
    throw refusedEntry('data/archive-compression', 'files that are stored or deflated', name, how);
  }
  const isFolder = name.endsWith('/');
  refuseSpecial(entry.externalFileAttributes, name, isFolder);
  if (isFolder && entry.uncompressedSize > 0) throw badArchive(`${shown(name)}, a folder with bytes`);
  return {
    name,
    rawName: Buffer.from(rawName), // a part of a larger buffer
    isFolder,
    flags,
    method,
    crc32: entry.crc32,
    compressedBytes: entry.compressedSize,
    bytes: entry.uncompressedSize,
    offset: entry.relativeOffsetOfLocalHeader,
  };
}

/** UTF-8 where it can be: macOS writes it without saying so. Else code page 437, as in the days of DOS. */
function entryName({ generalPurposeBitFlag, fileNameRaw, extraFields }: Entry): string {
  const utf8 = isUtf8(fileNameRaw);
  if (generalPurposeBitFlag & UTF8_FLAG && !utf8) {
    throw refusedEntry(
      'data/archive-path',
      'names in UTF-8',
      fileNameRaw.toString('latin1'),
      'which holds other bytes',
    );
  }
  return getFileNameLowLevel(utf8 ? UTF8_FLAG : 0, fileNameRaw, extraFields, true);
}

/** Links, devices, pipes and sockets, by the upper half of the attributes, where Unix keeps a file's mode. */
function refuseSpecial(attributes: number, name: string, isFolder: boolean): void {
  const type = (attributes >>> 16) & 0o170000;
  if (type === 0 || type === (isFolder ? 0o040000 : 0o100000)) return;
  const what = type === 0o120000 ? 'a symbolic link' : 'something else';
  throw refusedEntry('data/archive-link', 'plain files and folders', name, `which is ${what}`);
}

/** Records behind those that are counted are seen by some programs and not by others. */
async function refuseUncounted(file: FileHandle, cursor: number): Promise<void> {
  const signature = Buffer.alloc(4);
  await readFully(file, signature, cursor);
  // End of central directory, its zip64 form, or a digital signature before them.
  if (![0x06054b50, 0x06064b50, 0x05054b50].includes(signature.readUInt32LE())) {
    throw badArchive('a directory with more entries than it counts');
  }
}

function tooMany(most: number, received: number): GraftError {
  return new GraftError(
    'data/too-many-files',
    `Expected a zip file of at most ${most} entries. Received ${received}.`,
    {
      details: { most, received },
    },
  );
}
