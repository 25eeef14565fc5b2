import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CsvScanner } from './csv-scanner.js';

function scanned(pieces: readonly string[]): CsvScanner {
  const scanner = new CsvScanner('x.csv');
  for (const piece of pieces) scanner.scan(piece);
  scanner.end();
  return scanner;
}

describe('CsvScanner', () => {
  it('finds the cells and records that were written, wherever the text is cut', () => {
    const cell = fc.string({
      maxLength: 6,
      unit: fc.constantFrom('a', '"', ',', '\n', '\r', ' ', '\t', 'ü'),
    });
    const table = fc
      .tuple(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 6 }))
      .chain(([columns, rows]) =>
        fc.array(fc.array(cell, { minLength: columns, maxLength: columns }), {
          minLength: rows,
          maxLength: rows,
        }),
      );
    const separator = fc.constantFrom('\n', '\r\n', '\r', '\n\n', '\n \t\n');
    fc.assert(
      fc.property(table, separator, fc.array(fc.nat(200)), fc.boolean(), (records, between, cuts, ended) => {
        const quoted = (text: string) => ` "${text.replaceAll('"', '""')}" `;
        const text =
          records.map((cells) => cells.map(quoted).join(',')).join(between) + (ended ? between : '');
        const places = [0, ...cuts, text.length]
          .map((place) => Math.min(place, text.length))
          .sort((a, b) => a - b);
        const pieces = places.map((place, i) => text.slice(place, places[i + 1]));
        const { header, records: count } = scanned(pieces);
        expect(header).toEqual(records[0]);
        expect(count).toBe(records.length - 1);
      }),
    );
  });

  it('trims blanks around cells that are not quoted, and keeps those inside', () => {
    expect(scanned([' a b ,\t,c\t,""\n']).header).toEqual(['a b', '', 'c', '']);
  });

  it('counts a quoted empty cell as a record, and a blank line not', () => {
    expect(scanned(['a\n""\n \n\n""']).records).toBe(2);
  });
});
