import { GraftError, type Target, type Task, type Warning } from '@graft/core';
import { BadCells, parseNumber } from './bad-cells.js';
import { unknownLabels } from './label-checks.js';
import { byCodePoint } from './list-files.js';
import type { Table } from './table.js';

export interface TableTargets {
  readonly task: Task;
  readonly labels: readonly string[] | null;
  readonly targets: readonly Target[];
}

/** Whole numbers with no more different values than this may be classes as well as amounts. */
const MOST_VALUES_TO_ASK = 20;

/**
 * Turns the target columns of a table into what is learned: several columns of 0 and 1 are multi-label, text is
 * classes, numbers are a regression; whole numbers of at most 20 values may be either, which only `task` can tell.
 *
 * @param known labels that the targets must be among, in their order; null: those of the table
 * @throws GraftError `usage/task-needed`, `usage/task`, `data/bad-cell`, `data/unknown-label`
 */
export function tableTargets(
  table: Table,
  columns: readonly string[],
  task: Task | undefined,
  known: readonly string[] | null,
  path: string,
): TableTargets {
  if (columns.length > 1 || task === 'multi-label') {
    if (task && task !== 'multi-label') {
      throw new GraftError(
        'usage/task',
        `Expected one target column for "${task}". Received ${columns.length}: ${columns.join(', ')}.`,
      );
    }
    const labels = known ?? columns;
    const unknown = columns.filter((label) => !labels.includes(label));
    if (unknown.length) throw unknownLabels(unknown, labels, path);
    return { task: 'multi-label', labels, targets: flags(table, labels, path) };
  }
  const column = columns[0] as string;
  const cells = table.text.get(column) as readonly string[];
  const numbers = cells.map(parseNumber);
  switch (task ?? inferTask(cells, numbers, table.lines, column)) {
    case 'regress':
      refuseText(cells, numbers, table.lines, column, path);
      return { task: 'regress', labels: null, targets: numbers as number[] };
    default:
      return { task: 'classify', ...classes(cells, numbers, known, path) };
  }
}

function flags(table: Table, columns: readonly string[], path: string): Target[] {
  const bad = new BadCells();
  const targets = table.lines.map((line, row) =>
    columns.map((column) => {
      const value = table.text.get(column)?.[row] as string;
      const number = parseNumber(value);
      if (number !== 0 && number !== 1) bad.add({ line, column, value, expected: '0 or 1' });
      return number ?? 0;
    }),
  );
  bad.refuse(path);
  return targets;
}

function inferTask(
  cells: readonly string[],
  numbers: readonly (number | null)[],
  lines: readonly number[],
  column: string,
): Task {
  const text = numbers.indexOf(null);
  if (text >= 0 && numbers.every((number) => number === null)) return 'classify';
  const different = new Set(numbers);
  const ask = (received: string) =>
    new GraftError(
      'usage/task-needed',
      `Expected to know whether column "${column}" holds classes or amounts. Received ${received}.`,
      {
        hint: 'Say --task classify or --task regress.',
        details: { column },
      },
    );
  if (text >= 0) {
    const number = numbers.findIndex((value) => value !== null);
    throw ask(
      `both text ("${cells[text]}" on line ${lines[text]}) and numbers (${cells[number]} on line ${lines[number]})`,
    );
  }
  if (different.size <= MOST_VALUES_TO_ASK && numbers.every(Number.isInteger)) {
    throw ask(`whole numbers with ${different.size} different values`);
  }
  return 'regress';
}

function refuseText(
  cells: readonly string[],
  numbers: readonly (number | null)[],
  lines: readonly number[],
  column: string,
  path: string,
): void {
  const bad = new BadCells();
  for (const [row, number] of numbers.entries()) {
    if (number === null)
      bad.add({ line: lines[row] as number, column, value: cells[row] as string, expected: 'a number' });
  }
  bad.refuse(path);
}

/** Labels in code point order; where all are numbers, `1` and `1.0` are one label, in order of size. */
function classes(
  cells: readonly string[],
  numbers: readonly (number | null)[],
  known: readonly string[] | null,
  path: string,
): { labels: readonly string[]; targets: number[] } {
  const numeric = numbers.every((number) => number !== null);
  const kept = new Set(known);
  const named = cells.map((cell, row) => (numeric && !kept.has(cell) ? String(numbers[row]) : cell));
  const found = [...new Set(named)].sort(numeric ? (a, b) => Number(a) - Number(b) : byCodePoint);
  const labels = known ?? found;
  const index = new Map(labels.map((label, i) => [label, i]));
  const unknown = found.filter((label) => !index.has(label));
  if (unknown.length) throw unknownLabels(unknown, labels, path);
  return { labels, targets: named.map((label) => index.get(label) as number) };
}

/** Targets that leave nothing to learn. */
export function constantTargetWarnings({ task, labels, targets }: TableTargets): Warning[] {
  if (task === 'regress' && targets.every((value) => value === targets[0])) {
    return [
      {
        code: 'constant-target',
        message: `Every row has the same target, ${targets[0]}: there is nothing to learn.`,
      },
    ];
  }
  if (task !== 'multi-label') return [];
  const rows = targets as readonly (readonly number[])[];
  return (labels ?? [])
    .filter((_, label) => rows.every((row) => row[label] === rows[0]?.[label]))
    .map((label) => ({
      code: 'constant-label',
      message: `The label "${label}" is the same in every row: nothing can be learned about it.`,
    }));
}
