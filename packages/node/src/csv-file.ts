import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream';
import { GraftError } from '@graft/core';
import { CsvError, parse } from 'csv-parse';
import { listSome } from './list-some.js';
import { systemCode, systemReason } from './system-errors.js';

/** One record of a table, as text. */
export interface CsvRow {
  /** Counts from 1, the header not included. */
  readonly row: number;
  /** The line of the file on which the record ends, from 1. */
  readonly line: number;
  readonly cells: readonly string[];
}

/** Far more than a row of pixels takes; a file without line ends must not fill the memory. */
const LONGEST_RECORD = 16 * 2 ** 20;
const MOST_COLUMNS = 1_000_000;

/**
 * Streams a CSV file (RFC 4180, UTF-8 with or without byte order mark): first the header as row 0, then each
 * record. Blanks around unquoted cells do not count; empty lines are passed over.
 *
 * @throws GraftError `data/not-found`, `data/unreadable`, `data/not-utf8`, `data/bad-csv`, `data/bad-header`
 */
export async function* readCsv(path: string, signal?: AbortSignal): AsyncGenerator<CsvRow> {
  const parser = parse({
    info: true,
    trim: true,
    relax_column_count: true,
    skip_empty_lines: true,
    max_record_size: LONGEST_RECORD,
  });
  // Every error reaches the loop below through the parser; the callback has nothing left to do.
  pipeline(createReadStream(path, signal ? { signal } : {}), utf8Text, parser, () => {});
  let row = 0;
  try {
    for await (const { record, info } of parser as AsyncIterable<{
      record: string[];
      info: { lines: number };
    }>) {
      if (row === 0) checkHeader(record, path);
      yield { row: row++, line: info.lines, cells: record };
    }
  } catch (error) {
    throw csvError(error, path, signal);
  }
  if (row === 0)
    throw new GraftError('data/empty', `Expected a table with a header. Received an empty file, "${path}".`);
}

async function* utf8Text(source: AsyncIterable<Buffer>): AsyncGenerator<string> {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  for await (const chunk of source) yield refuseNul(decoder.decode(chunk, { stream: true }));
  yield refuseNul(decoder.decode());
}

function refuseNul(text: string): string {
  if (text.includes('\0')) throw new TypeError('The file holds NUL characters.');
  return text;
}

function checkHeader(header: readonly string[], path: string): void {
  const seen = new Set<string>();
  const repeated = header.filter((name) => seen.size === seen.add(name).size);
  const fault =
    header.length > MOST_COLUMNS
      ? `${header.length} columns, more than ${MOST_COLUMNS}`
      : header.includes('')
        ? `no name for column ${header.indexOf('') + 1}`
        : repeated.length
          ? `more than one column called ${listSome(
              repeated.map((name) => `"${name}"`),
              5,
            )}`
          : null;
  if (fault) {
    throw new GraftError(
      'data/bad-header',
      `Expected a header of different names in "${path}". Received ${fault}.`,
      {
        details: { path },
      },
    );
  }
}

function csvError(error: unknown, path: string, signal: AbortSignal | undefined): unknown {
  if (error instanceof GraftError) return error;
  if (signal?.aborted) return signal.reason;
  if (error instanceof CsvError) {
    return new GraftError('data/bad-csv', `Expected a CSV table. Received "${path}": ${error.message}.`, {
      details: { path, line: typeof error.lines === 'number' ? error.lines : null },
      cause: error,
    });
  }
  if (error instanceof TypeError) {
    return new GraftError(
      'data/not-utf8',
      `Expected a table in UTF-8. Received "${path}", which holds other bytes.`,
      {
        hint: 'Save it as "CSV UTF-8".',
        details: { path },
        cause: error,
      },
    );
  }
  const code = systemCode(error) === 'ENOENT' ? 'data/not-found' : 'data/unreadable';
  return new GraftError(
    code,
    `Expected a table that can be read. Received "${path}": ${systemReason(error)}.`,
    {
      details: { path },
      cause: error,
    },
  );
}
