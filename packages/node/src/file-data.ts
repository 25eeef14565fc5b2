import type { Dataset, InputSpec, Task, TrainingData, Warning } from '@graft/core';
import type { BadFile, CheckOptions } from './checked-images.js';

export interface ReadDataOptions extends CheckOptions {
  /** The model's input without the batch, for example [224, 224, 3]. */
  readonly inputShape: readonly (number | null)[];
  /** How pictures become input; null where it is not known, which only tables of numbers allow. */
  readonly inputSpec: InputSpec | null;
  /** The target columns of a table. */
  readonly target?: readonly string[] | undefined;
  /** What the target columns mean, where their values leave it open. */
  readonly task?: Task | undefined;
  /** Leave out pictures that cannot be used, instead of refusing the data. */
  readonly skipBad?: boolean | undefined;
}

/** Training data, with where each example came from. */
export interface FileData extends TrainingData {
  /** For each example its file relative to the data folder, or `table.csv:ROW` with rows from 1. */
  readonly names: { readonly train: readonly string[]; readonly validation: readonly string[] | null };
  /** The path of an example's picture; null where it is a row of numbers. */
  picture(part: 'train' | 'validation', index: number): string | null;
  readonly warnings: readonly Warning[];
  /** Files that `skipBad` left out. */
  readonly skipped: readonly BadFile[];
}

export interface ReadEvaluationDataOptions extends ReadDataOptions {
  readonly task: Task;
  /** The labels that the model knows, in output order; null for regression. */
  readonly labels: readonly string[] | null;
}

/** Examples to test a model on. */
export interface EvaluationData {
  readonly dataset: Dataset;
  /** As `FileData.names`. */
  readonly names: readonly string[];
  readonly warnings: readonly Warning[];
  readonly skipped: readonly BadFile[];
}
