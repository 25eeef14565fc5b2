import { createHash } from 'node:crypto';
import type { Target, Warning } from '@graft/core';
import { listSome } from './list-some.js';

/** Examples with the number that equal content shares. */
export interface GroupedExamples {
  readonly files: readonly string[];
  readonly targets: readonly Target[];
  readonly groups: readonly number[];
}

/** For each key the index of the first equal one; null equals nothing. */
export function firstEqual(keys: readonly (string | null)[]): number[] {
  const first = new Map<string, number>();
  return keys.map((key, index) => {
    if (key === null) return index;
    const seen = first.get(key);
    if (seen === undefined) first.set(key, index);
    return seen ?? index;
  });
}

/** Rows of numbers [rows * columns] by content. */
export function equalRows(values: Float32Array, columns: number): number[] {
  const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  const width = columns * 4;
  const keys = Array.from({ length: values.length / columns }, (_, row) =>
    createHash('sha256')
      .update(bytes.subarray(row * width, (row + 1) * width))
      .digest('base64'),
  );
  return firstEqual(keys);
}

/** Equal content where it makes a result look better than it is, or contradicts itself. */
export function contentWarnings(train: GroupedExamples, validation: GroupedExamples | null): Warning[] {
  const warnings: Warning[] = [];
  const first = new Map<number, number>();
  const twice: string[] = [];
  const contradictions: string[] = [];
  for (const [index, group] of train.groups.entries()) {
    const before = first.get(group);
    if (before === undefined) {
      first.set(group, index);
      continue;
    }
    const pair = `"${train.files[before]}" and "${train.files[index]}"`;
    twice.push(pair);
    if (String(train.targets[before]) !== String(train.targets[index])) contradictions.push(pair);
  }
  if (twice.length) {
    warnings.push({
      code: 'same-content',
      message: `${twice.length} examples equal an earlier one: ${listSome(twice, 5)}.`,
    });
  }
  if (contradictions.length) {
    warnings.push({
      code: 'same-content-two-targets',
      message: `${contradictions.length} examples equal one with another label or value: ${listSome(contradictions, 5)}.`,
    });
  }
  const bothSides = (validation?.groups ?? []).flatMap((group, index) => {
    const before = first.get(group);
    return before === undefined ? [] : [`"${train.files[before]}" and "${validation?.files[index]}"`];
  });
  if (bothSides.length) {
    warnings.push({
      code: 'same-file-both-sides',
      message: `${bothSides.length} validation examples are among the training examples, which flatters the result: ${listSome(bothSides, 5)}.`,
    });
  }
  return warnings;
}
