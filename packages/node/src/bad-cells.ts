import { GraftError } from '@graft/core';
import { listSome } from './list-some.js';

/** A cell that is not what its column needs. */
export interface BadCell {
  readonly line: number;
  /** null: the line has too few or too many cells. */
  readonly column: string | null;
  readonly value: string;
  readonly expected: string;
}

const SHOWN = 20;

/** Collects bad cells while a table is read, so that all are named at once. */
export class BadCells {
  readonly #first: BadCell[] = [];
  #count = 0;

  add(cell: BadCell): void {
    if (this.#count++ < SHOWN) this.#first.push(cell);
  }

  /** @throws GraftError `data/bad-cell` unless there are none; names the first 20 */
  refuse(path: string): void {
    if (!this.#count) return;
    const shown = this.#first.map(({ line, column, value, expected }) =>
      column === null
        ? `line ${line}: ${value}`
        : `line ${line}, column "${column}": ${value === '' ? 'nothing' : `"${value.slice(0, 60)}"`} (expected ${expected})`,
    );
    const more = this.#count > SHOWN ? ` and ${this.#count - SHOWN} more` : '';
    throw new GraftError(
      'data/bad-cell',
      `Expected every cell of "${path}" to fit its column. Received ${listSome(shown)}${more}.`,
      {
        hint: 'Correct these lines or remove them.',
        details: { path, cells: this.#first, count: this.#count },
      },
    );
  }
}

const decimal = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;
const LARGEST_FLOAT32 = 3.4028234663852886e38;

/** A cell as a float32 number; null where it is none (`NaN`, `inf`, hexadecimal, `1,5` are none). */
export function parseNumber(cell: string): number | null {
  if (!decimal.test(cell)) return null;
  const value = Number(cell);
  return Math.abs(value) <= LARGEST_FLOAT32 ? value : null;
}
