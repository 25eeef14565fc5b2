import { GraftError } from '@graft/core';
import { BadCells, parseNumber } from './bad-cells.js';
import { readCsv } from './csv-file.js';
import { listSome } from './list-some.js';

/** A table in memory: numbers as numbers, the asked-for columns as text. */
export interface Table {
  /** How many rows there are, without the header. */
  readonly size: number;
  /** The line of the file of each row, from 1. */
  readonly lines: readonly number[];
  /** The names of the numeric columns. */
  readonly features: readonly string[];
  /** [size * features.length]; values as they are in the file. */
  readonly values: Float32Array;
  /** Text by column, for the columns that were asked for. */
  readonly text: ReadonlyMap<string, readonly string[]>;
}

export interface TableColumns {
  /** Read as text. */
  readonly text: readonly string[];
  /** Not read. */
  readonly ignored?: readonly string[];
}

/** 2 GB of float32. */
const MOST_VALUES = 2 ** 29;

/** The column that names picture files. */
export const FILE_COLUMN = 'file';

/**
 * Reads a CSV file. A column `file` is text; where there is one, only text columns may stand beside it.
 *
 * @throws GraftError `usage/unknown-column`, `data/extra-columns`, `data/bad-cell`, `data/empty` and those of readCsv
 */
export async function readTable(path: string, columns: TableColumns, signal?: AbortSignal): Promise<Table> {
  let plan: ColumnPlan | null = null;
  const bad = new BadCells();
  const lines: number[] = [];
  const values = new GrowingFloats(path);
  for await (const { line, cells } of readCsv(path, signal)) {
    if (!plan) {
      plan = planColumns(cells, columns, path);
      continue;
    }
    const { header, texts, features } = plan;
    if (cells.length !== header.length) {
      bad.add({
        line,
        column: null,
        value: `${cells.length} cells instead of ${header.length}`,
        expected: '',
      });
      continue;
    }
    lines.push(line);
    for (const { index, column, kept } of texts) {
      const cell = cells[index] as string;
      if (cell === '') bad.add({ line, column, value: cell, expected: 'a value' });
      kept.push(cell);
    }
    for (const { index, column } of features) {
      const cell = cells[index] as string;
      const value = parseNumber(cell);
      if (value === null) bad.add({ line, column, value: cell, expected: 'a number' });
      values.push(value ?? 0);
    }
  }
  bad.refuse(path);
  if (!plan || !lines.length) {
    throw new GraftError('data/empty', `Expected rows below the header. Received none in "${path}".`);
  }
  return {
    size: lines.length,
    lines,
    features: plan.features.map(({ column }) => column),
    values: values.done(),
    text: new Map(plan.texts.map(({ column, kept }) => [column, kept])),
  };
}

interface ColumnPlan {
  readonly header: readonly string[];
  readonly texts: readonly { readonly index: number; readonly column: string; readonly kept: string[] }[];
  readonly features: readonly { readonly index: number; readonly column: string }[];
}

function planColumns(
  header: readonly string[],
  { text, ignored = [] }: TableColumns,
  path: string,
): ColumnPlan {
  const missing = text.find((column) => !header.includes(column));
  if (missing !== undefined) throw unknownColumn(missing, header, path);
  const namesFiles = header.includes(FILE_COLUMN) && !ignored.includes(FILE_COLUMN);
  const texts: ColumnPlan['texts'][number][] = [];
  const features: ColumnPlan['features'][number][] = [];
  for (const [index, column] of header.entries()) {
    if (text.includes(column) || (namesFiles && column === FILE_COLUMN))
      texts.push({ index, column, kept: [] });
    else if (!ignored.includes(column)) features.push({ index, column });
  }
  if (namesFiles && features.length) {
    throw new GraftError(
      'data/extra-columns',
      `Expected only target columns beside "${FILE_COLUMN}" in "${path}". Received also ${listSome(features.map(({ column }) => `"${column}"`))}.`,
      { hint: 'Remove them; a table holds either the names of pictures or numbers.' },
    );
  }
  return { header, texts, features };
}

function unknownColumn(column: string, header: readonly string[], path: string): GraftError {
  const separator = header.length === 1 && /[;\t]/.test(header[0] as string);
  return new GraftError(
    'usage/unknown-column',
    `Expected a column of "${path}": ${listSome(header.map((name) => `"${name}"`))}. Received "${column}".`,
    {
      hint: separator
        ? 'The cells must be separated by commas.'
        : header.every((name) => parseNumber(name) !== null)
          ? 'The first line must be a header with the names of the columns.'
          : 'Names count exactly, capital letters and blanks inside too.',
      details: { column, columns: header.slice(0, 1000) },
    },
  );
}

/** Numbers whose count is not known ahead, 4 bytes each. */
class GrowingFloats {
  #values = new Float32Array(1024);
  #size = 0;
  readonly #path: string;

  constructor(path: string) {
    this.#path = path;
  }

  push(value: number): void {
    if (this.#size === this.#values.length) {
      if (this.#size >= MOST_VALUES) {
        throw new GraftError(
          'resource/table-too-large',
          `Expected at most ${MOST_VALUES} numbers. Received more in "${this.#path}".`,
        );
      }
      const larger = new Float32Array(this.#size * 2);
      larger.set(this.#values);
      this.#values = larger;
    }
    this.#values[this.#size++] = value;
  }

  done(): Float32Array {
    return this.#values.slice(0, this.#size);
  }
}
