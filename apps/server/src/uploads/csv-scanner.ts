import { GraftError } from '@graft/core';
import { shown } from './shown.js';

/** As `readData` takes it at most; a file without line ends must not fill the memory. */
const LONGEST_RECORD = 16 * 2 ** 20;

// Where in a cell the scanner is. Numbers: they are compared for every character of the file.
const START = 0;
const PLAIN = 1;
const QUOTED = 2;
/** Behind a quote, which may be the last or the first of a doubled one. */
const CLOSED = 3;

const [TAB, LINE_FEED, CARRIAGE_RETURN, BLANK, QUOTE, COMMA] = [9, 10, 13, 32, 34, 44];

/**
 * Counts the records of a CSV text (RFC 4180) and keeps the first, piece by piece, so that a gigabyte of it neither
 * has to be in memory nor to be cut into cells. Blanks around cells and empty lines do not count.
 */
export class CsvScanner {
  readonly #name: string;
  #state = START;
  #cells = 0;
  /** Of the record so far, in characters. */
  #length = 0;
  #headerText = '';
  #header: readonly string[] | null = null;
  #records = 0;

  /** @param name of the table, for messages */
  constructor(name: string) {
    this.#name = name;
  }

  /** The cells of the first record; null while its end has not come. */
  get header(): readonly string[] | null {
    return this.#header;
  }

  /** Without the header. */
  get records(): number {
    return this.#records;
  }

  /** @throws GraftError `data/bad-csv`, `data/bad-cell` */
  scan(text: string): void {
    let state = this.#state;
    let begin = 0; // of the record, or of its piece in this text
    for (let i = 0; i < text.length; i++) {
      const code = text.charCodeAt(i);
      if (state === QUOTED) {
        if (code === QUOTE) state = CLOSED;
      } else if (code === COMMA) {
        this.#cells++;
        state = START;
      } else if (code === LINE_FEED || code === CARRIAGE_RETURN) {
        this.#endRecord(state, text.slice(begin, this.#header ? begin : i));
        state = START;
        begin = i + 1;
      } else if (code === QUOTE) {
        if (state === PLAIN) throw this.#fault('a quote inside of a cell');
        state = QUOTED;
      } else if (code !== BLANK && code !== TAB) {
        if (state === CLOSED) throw this.#fault('text behind a closing quote');
        state = PLAIN;
      }
    }
    this.#state = state;
    this.#length += text.length - begin;
    if (this.#length > LONGEST_RECORD) throw this.#fault(`more than ${LONGEST_RECORD} characters`);
    if (!this.#header) this.#headerText += text.slice(begin);
  }

  /** @throws GraftError `data/bad-csv`, `data/bad-cell` */
  end(): void {
    if (this.#state === QUOTED) throw this.#fault('a quote without its end');
    this.#endRecord(this.#state, '');
  }

  #endRecord(state: number, lastPiece: string): void {
    const isEmpty = this.#cells === 0 && state === START;
    if (!isEmpty && !this.#header) this.#header = cellsOf(this.#headerText + lastPiece);
    else if (!isEmpty) this.#count(this.#cells + 1);
    this.#headerText = '';
    this.#cells = 0;
    this.#length = 0;
  }

  #count(cells: number): void {
    const expected = this.#header?.length;
    this.#records++;
    if (cells === expected) return;
    throw new GraftError(
      'data/bad-cell',
      `Expected ${expected} cells in each row of ${shown(this.#name)}. Received ${cells} in row ${this.#records}.`,
      { details: { row: this.#records } },
    );
  }

  #fault(received: string): GraftError {
    const row = this.#header ? this.#records + 1 : 0;
    return new GraftError(
      'data/bad-csv',
      `Expected a CSV table. Received ${shown(this.#name)}, with ${received} in ${row ? `row ${row}` : 'its header'}.`,
      { details: { row } },
    );
  }
}

/** @param record whose quotes are known to match */
function cellsOf(record: string): string[] {
  const cells: string[] = [];
  for (let start = 0; start <= record.length; ) {
    while (/\s/.test(record.charAt(start))) start++;
    let end = start;
    if (record[start] === '"') {
      end = record.indexOf('"', start + 1);
      while (record[end + 1] === '"') end = record.indexOf('"', end + 2);
      cells.push(record.slice(start + 1, end).replaceAll('""', '"'));
    }
    const comma = record.indexOf(',', end);
    const next = comma < 0 ? record.length : comma;
    if (record[start] !== '"') cells.push(record.slice(start, next).trim());
    start = next + 1;
  }
  return cells;
}
