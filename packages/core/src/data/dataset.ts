import type { Tensor } from '@tensorflow/tfjs-core';

/** What kind of answer is learned. `multi-label`: any number of labels may hold at once. */
export type Task = 'classify' | 'multi-label' | 'regress';

/** classify: index into `labels`. multi-label: one 0 or 1 for each label. regress: the value itself. */
export type Target = number | readonly number[];

/**
 * Examples by index. Targets are known without decoding, so that splits and class counts cost nothing.
 * Cached features are again a Dataset: `train` does not know whether it is given pixels or features.
 */
export interface Dataset {
  readonly size: number;
  target(index: number): Target;
  /**
   * The input of one example, without a batch dimension, float32. The caller disposes it. May be called for
   * several examples at once; results must not depend on the order of calls.
   */
  input(index: number): Tensor | Promise<Tensor>;
  /** Several inputs at once, [indices.length, ...]; only where that is cheaper. The caller disposes it. */
  batch?(indices: readonly number[]): Tensor;
  /** Examples with the same group (equal contents, one patient, one video) stay on one side of a split. */
  group?(index: number): string | null;
}

/** Everything that a fine-tune needs to know about the data. */
export interface TrainingData {
  readonly task: Task;
  /** In output order; null for regression. */
  readonly labels: readonly string[] | null;
  readonly train: Dataset;
  /** null: a part of `train` is split off, as the recipe says. */
  readonly validation: Dataset | null;
}

/**
 * A view of some examples of a dataset, in the given order.
 *
 * @example
 * const firstTen = subset(dataset, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
 */
export function subset(dataset: Dataset, indices: readonly number[]): Dataset {
  const at = (index: number): number => {
    const original = indices[index];
    if (original === undefined) throw new RangeError(`Example ${index} of ${indices.length} does not exist.`);
    return original;
  };
  const { batch } = dataset;
  return {
    size: indices.length,
    target: (index) => dataset.target(at(index)),
    input: (index) => dataset.input(at(index)),
    ...(batch ? { batch: (some: readonly number[]) => batch.call(dataset, some.map(at)) } : {}),
    group: (index) => dataset.group?.(at(index)) ?? null,
  };
}

/**
 * Examples that are in memory already.
 *
 * @param inputs one tensor per example, without a batch dimension; they stay the caller's (each `input` is a clone)
 *
 * @example
 * const data = arrayDataset([tf.tensor1d([1, 2])], [0]);
 */
export function arrayDataset(inputs: readonly Tensor[], targets: readonly Target[]): Dataset {
  const at = <T>(list: readonly T[], index: number): T => {
    const value = list[index];
    if (value === undefined) throw new RangeError(`Example ${index} of ${list.length} does not exist.`);
    return value;
  };
  return {
    size: inputs.length,
    target: (index) => at(targets, index),
    input: (index) => at(inputs, index).clone(),
  };
}

/** The same inputs with other targets. */
export function withTargets(dataset: Dataset, change: (target: Target) => Target): Dataset {
  const { batch } = dataset;
  return {
    size: dataset.size,
    target: (index) => change(dataset.target(index)),
    input: (index) => dataset.input(index),
    ...(batch ? { batch: (indices: readonly number[]) => batch.call(dataset, indices) } : {}),
    group: (index) => dataset.group?.(index) ?? null,
  };
}

/** 0 to size - 1. */
export function indicesOf({ size }: Pick<Dataset, 'size'>): number[] {
  return Array.from({ length: size }, (_, index) => index);
}

export function targetsOf(dataset: Pick<Dataset, 'size' | 'target'>): Target[] {
  return indicesOf(dataset).map((index) => dataset.target(index));
}
