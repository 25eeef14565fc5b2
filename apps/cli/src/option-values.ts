import type { FreezePlan, HeadSpec, Task } from '@graft/core';
import { CliError } from './cli-error.js';

/** Turns the text of a flag into its value, or says what was expected. */
type Parser<T> = (text: string) => T;

/** The default of recipes; a recipe file can say otherwise. */
const hiddenDropout = 0.2;

/** Any text but another flag: `--cut --out RUN` misses a value. */
export function textFor(flag: string): Parser<string> {
  return (text) => {
    if (text !== '' && !text.startsWith('--')) return text;
    throw badValue(flag, 'a value', text);
  };
}

export function choiceFor<T extends string>(flag: string, choices: readonly T[]): Parser<T> {
  return (text) => {
    const choice = choices.find((name) => name === text);
    if (choice !== undefined) return choice;
    throw badValue(flag, `one of ${choices.join(', ')}`, text);
  };
}

export interface NumberLimits {
  readonly integer?: boolean;
  readonly min?: number;
  /** Smallest value that is too small. */
  readonly above?: number;
  readonly max?: number;
}

export function numberFor(flag: string, limits: NumberLimits = {}): Parser<number> {
  return (text) => {
    const value = parseNumber(text);
    const { integer = false, min = -Infinity, above = -Infinity, max = Infinity } = limits;
    if (
      value !== null &&
      (!integer || Number.isSafeInteger(value)) &&
      value >= min &&
      value > above &&
      value <= max
    ) {
      return value;
    }
    throw badValue(flag, describe(limits), text);
  };
}

export function numbersFor(
  flag: string,
  count: { readonly exactly?: number; readonly most?: number } = {},
): Parser<number[]> {
  return (text) => {
    const values = text.split(',').map(parseNumber);
    const { exactly, most = 4 } = count;
    const fits = exactly === undefined ? values.length <= most : values.length === exactly;
    if (fits && values.every((value) => value !== null)) return values;
    throw badValue(
      flag,
      exactly === undefined
        ? `1 to ${most} numbers with commas between`
        : `${exactly} numbers with a comma between`,
      text,
    );
  };
}

/** Two different numbers: equal ones would make every picture the same. */
export function rangeFor(flag: string): Parser<[number, number]> {
  return (text) => {
    const [low, high] = numbersFor(flag, { exactly: 2 })(text) as [number, number];
    if (low !== high) return [low, high];
    throw badValue(flag, 'two different numbers, black and white', text);
  };
}

export function namesFor(flag: string): Parser<string[]> {
  return (text) => {
    const names = textFor(flag)(text)
      .split(',')
      .map((name) => name.trim());
    if (names.every((name) => name !== '') && new Set(names).size === names.length) return names;
    throw badValue(flag, 'different names with commas between', text);
  };
}

/** `linear` or `hidden:64,32`. */
export function headFor(flag: string): Parser<HeadSpec> {
  return (text) => {
    if (text === 'linear') return { kind: 'linear' };
    const units = text.startsWith('hidden:') ? text.slice('hidden:'.length).split(',').map(parseNumber) : [];
    const fits = units.length >= 1 && units.length <= 8 && units.every(isUnits);
    if (fits) return { kind: 'hidden', units: units as number[], dropout: hiddenDropout };
    throw badValue(flag, 'linear, or hidden: with 1 to 8 layer sizes, such as hidden:64,32', text);
  };
}

/** `backbone`, `nothing`, `up-to:LAYER`, `layers:GLOB` or `all-but:GLOB`; several globs with commas between. */
export function freezeFor(flag: string): Parser<FreezePlan> {
  return (text) => {
    if (text === 'backbone' || text === 'nothing') return text;
    const [, kind, rest = ''] = /^(up-to|layers|all-but):(.+)$/s.exec(text) ?? [];
    const globs = rest.split(',');
    if (kind === 'up-to') return { upTo: rest };
    if (kind !== undefined && globs.every((glob) => glob !== '')) {
      return kind === 'layers' ? { layers: globs } : { allBut: globs };
    }
    throw badValue(flag, 'backbone, nothing, up-to:LAYER, layers:GLOB or all-but:GLOB', text);
  };
}

export const tasks: readonly Task[] = ['classify', 'multi-label', 'regress'];

function parseNumber(text: string): number | null {
  return /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text.trim()) ? finite(Number(text)) : null;
}

const finite = (value: number) => (Number.isFinite(value) ? value : null);
const isUnits = (value: number | null) =>
  value !== null && Number.isInteger(value) && value >= 1 && value <= 65_536;

function describe({ integer, min, above, max }: NumberLimits): string {
  const parts = [
    above === undefined ? null : `above ${above}`,
    min === undefined ? null : `at least ${min}`,
    max === undefined ? null : `at most ${max}`,
  ].filter((part) => part !== null);
  return `a ${integer ? 'whole ' : ''}number${parts.length ? ` ${parts.join(' and ')}` : ''}`;
}

function badValue(flag: string, expected: string, received: string): CliError {
  return new CliError('usage/bad-value', `Expected ${expected} for ${flag}. Received "${received}".`, {
    hint: 'The help of the command (--help) shows what each flag takes.',
    details: { flag, received },
  });
}
