import { open } from 'node:fs/promises';
import { GraftError, type Warning } from '@graft/core';
import * as z from 'zod';
import { labelledNames } from './labelled-names.js';
import { nameTree } from './name-tree.js';
import { shown } from './shown.js';
import { tableOutline } from './table-outline.js';
import { openZip, type ZipLimits } from './zip-entries.js';

const count = z.int().nonnegative();

/** What a data set holds, as far as that shows without opening a picture. */
export const datasetManifestSchema = z.strictObject({
  format: z.enum(['zip', 'csv']),
  /** Pictures of the training part, or rows. */
  examples: count,
  /** Of the training part, in code point order; null for a table, whose target is not known yet. */
  labels: z.array(z.strictObject({ label: z.string(), examples: count })).nullable(),
  /** The first 1000; null for a zip file. */
  columns: z.array(z.string()).nullable(),
  /** Folders above the labels; empty where the labels are right at the top, and for a table. */
  parts: z.array(z.enum(['train', 'validation', 'test'])),
  files: count,
  /** Unpacked. */
  bytes: count,
  /** The folder of a zip file that everything lies in; empty: at its top. */
  root: z.string(),
  warnings: z.array(z.strictObject({ code: z.string(), message: z.string() })),
});

export type DatasetManifest = z.infer<typeof datasetManifestSchema>;

/** Pixels of a picture can be columns; nobody reads the names of all. */
const MOST_COLUMNS_LISTED = 1000;

/**
 * Checks an uploaded data set, a zip file of labelled folders or a CSV table, and says what it holds. Which of both
 * it is, its bytes tell; a table must also be called one.
 *
 * @param name as the client gave it
 * @param type the media type that the client stated, if any
 * @throws GraftError `data/unsupported`; as `openZip`, `labelledNames` and `tableOutline`
 *
 * @example
 * const { labels } = await datasetManifest(spooled.path, 'photos.zip', null, { entries: 100_000, bytes: 2 ** 30, ratio: 200 });
 * labels; // [{ label: 'car', examples: 40 }, { label: 'truck', examples: 40 }]
 */
export async function datasetManifest(
  path: string,
  name: string,
  type: string | null,
  limits: ZipLimits,
  signal?: AbortSignal,
): Promise<DatasetManifest> {
  const { first, bytes } = await beginning(path);
  if (isZip(first)) return zipManifest(path, name, limits, signal);
  if (bytes === 0) throw unsupported(name, 'an empty file');
  const kind = kindOf(first);
  if (kind) throw unsupported(name, kind);
  if (!/\.csv$/i.test(name) && !/^text\/csv\b/i.test(type ?? '')) {
    throw unsupported(name, 'neither by its name nor by its bytes');
  }
  return tableManifest(path, name, bytes, signal);
}

async function zipManifest(
  path: string,
  name: string,
  limits: ZipLimits,
  signal: AbortSignal | undefined,
): Promise<DatasetManifest> {
  const { files, folders, bytes, close } = await openZip(path, limits, signal);
  await close();
  const tree = nameTree(
    files.map((file) => file.path),
    folders,
  );
  const { root, parts, labels, warnings } = labelledNames(tree, name);
  return {
    format: 'zip',
    examples: labels.reduce((sum, { examples }) => sum + examples, 0),
    labels: [...labels],
    columns: null,
    parts: [...parts],
    files: files.length,
    bytes,
    root,
    warnings: [...warnings],
  };
}

async function tableManifest(
  path: string,
  name: string,
  bytes: number,
  signal: AbortSignal | undefined,
): Promise<DatasetManifest> {
  const { columns, rows } = await tableOutline(path, name, signal);
  const warnings: Warning[] = [];
  if (columns.length > MOST_COLUMNS_LISTED) {
    warnings.push({
      code: 'columns-not-listed',
      message: `The table has ${columns.length} columns, of which the first ${MOST_COLUMNS_LISTED} are listed.`,
    });
  }
  return {
    format: 'csv',
    examples: rows,
    labels: null,
    columns: columns.slice(0, MOST_COLUMNS_LISTED),
    parts: [],
    files: 1,
    bytes,
    root: '',
    warnings,
  };
}

/** Enough for every signature below. */
const BEGINNING_BYTES = 512;

async function beginning(path: string): Promise<{ first: Buffer; bytes: number }> {
  const file = await open(path);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(BEGINNING_BYTES), 0, BEGINNING_BYTES, 0);
    return { first: buffer.subarray(0, bytesRead), bytes: (await file.stat()).size };
  } finally {
    await file.close();
  }
}

/** A local header, or the end of a directory that lists nothing. */
const isZip = (first: Buffer): boolean =>
  ['PK\x03\x04', 'PK\x05\x06'].includes(first.toString('latin1', 0, 4));

/** What people send in place of a zip file. */
function kindOf(first: Buffer): string | null {
  const text = first.toString('latin1');
  if (text.startsWith('\x1f\x8b')) return 'a gzip file';
  if (text.startsWith('BZh')) return 'a bzip2 file';
  if (text.startsWith('\xfd7zXZ')) return 'an xz file';
  if (text.startsWith('7z\xbc\xaf')) return 'a 7-Zip file';
  if (text.startsWith('Rar!')) return 'a RAR file';
  if (text.startsWith('ustar', 257)) return 'a tar file';
  if (text.startsWith('\x89PNG') || text.startsWith('\xff\xd8\xff')) return 'a single picture';
  if (text.startsWith('%PDF')) return 'a PDF file';
  return null;
}

function unsupported(name: string, what: string): GraftError {
  return new GraftError(
    'data/unsupported',
    `Expected a zip file of labelled folders or a CSV table. Received ${shown(name)}, ${what}.`,
    {
      hint: 'Zip a folder that holds a folder of pictures for each label, or name a table with .csv at its end.',
    },
  );
}
