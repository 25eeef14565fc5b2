import { stripVTControlCharacters } from 'node:util';

/** Rows of cells as aligned columns, two blanks apart; colours take no room. */
export function columns(rows: readonly (readonly string[])[], align: readonly ('left' | 'right')[]): string {
  const widths = align.map((_, column) => Math.max(...rows.map((row) => widthOf(row[column] ?? ''))));
  const cell = (text: string, column: number) => {
    const blanks = ' '.repeat((widths[column] ?? 0) - widthOf(text));
    return align[column] === 'right' ? blanks + text : text + blanks;
  };
  return rows.map((row) => row.map(cell).join('  ').trimEnd()).join('\n');
}

const widthOf = (text: string) => [...stripVTControlCharacters(text)].length;
