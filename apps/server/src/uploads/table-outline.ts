import { createReadStream } from 'node:fs';
import { TextDecoder } from 'node:util';
import { GraftError } from '@graft/core';
import { CsvScanner } from './csv-scanner.js';
import { shown } from './shown.js';

export interface TableOutline {
  readonly columns: readonly string[];
  /** Without the header. */
  readonly rows: number;
}

/** As `readData` of @graft/node takes a table at most. */
const MOST_COLUMNS = 1_000_000;
/** In `readData` this column names pictures beside the table. */
const FILE_COLUMN = 'file';

/**
 * The header of a CSV table and how many rows it has, without reading numbers.
 *
 * @param name of the upload, for messages
 * @throws GraftError `data/not-utf8`, `data/bad-csv`, `data/bad-cell`, `data/bad-header`, `data/empty`,
 *   `data/too-few`, `data/pictures-missing`; the signal's reason
 */
export async function tableOutline(path: string, name: string, signal?: AbortSignal): Promise<TableOutline> {
  const scanner = new CsvScanner(name);
  const decoder = new TextDecoder('utf-8', { fatal: true });
  for await (const chunk of createReadStream(path, { highWaterMark: 2 ** 16 })) {
    signal?.throwIfAborted();
    scanner.scan(decode(decoder, chunk as Buffer, name));
  }
  scanner.scan(decode(decoder, undefined, name));
  scanner.end();
  const { header: columns, records: rows } = scanner;
  if (!columns)
    throw new GraftError(
      'data/empty',
      `Expected a table with a header. Received an empty file, ${shown(name)}.`,
    );
  refuseHeader(columns, name);
  if (rows === 0) {
    throw new GraftError('data/empty', `Expected rows below the header. Received none in ${shown(name)}.`);
  }
  if (rows < 2) {
    throw new GraftError('data/too-few', `Expected at least two rows in ${shown(name)}. Received one.`);
  }
  return { columns, rows };
}

function decode(decoder: TextDecoder, bytes: Buffer | undefined, name: string): string {
  try {
    const text = decoder.decode(bytes, { stream: bytes !== undefined });
    if (!text.includes('\0')) return text;
  } catch {
    // Told below, with the other reason.
  }
  throw new GraftError(
    'data/not-utf8',
    `Expected a table in UTF-8. Received ${shown(name)}, which holds other bytes.`,
    {
      hint: 'Save it as "CSV UTF-8".',
    },
  );
}

function refuseHeader(header: readonly string[], name: string): void {
  const seen = new Set<string>();
  const repeated = header.find((column) => seen.size === seen.add(column).size);
  const fault =
    header.length > MOST_COLUMNS
      ? `${header.length} columns, more than ${MOST_COLUMNS}`
      : header.includes('')
        ? `no name for column ${header.indexOf('') + 1}`
        : repeated === undefined
          ? null
          : `more than one column called ${shown(repeated)}`;
  if (fault) {
    throw new GraftError(
      'data/bad-header',
      `Expected a header of different names in ${shown(name)}. Received ${fault}.`,
    );
  }
  if (header.includes(FILE_COLUMN)) {
    throw new GraftError(
      'data/pictures-missing',
      `Expected a table of numbers. Received ${shown(name)}, whose column "${FILE_COLUMN}" names pictures that did not come along.`,
      { hint: 'Send a zip file with a folder of pictures for each label.' },
    );
  }
}
