import type { Target, Task } from '../data/dataset.js';

export interface ClassScore {
  readonly label: string;
  /** null where the label was never predicted. */
  readonly precision: number | null;
  /** null where no example has the label. */
  readonly recall: number | null;
  readonly support: number;
}

export interface ClassificationEvaluation {
  readonly task: 'classify' | 'multi-label';
  readonly examples: number;
  /** Multi-label: the share of single decisions that are right. */
  readonly accuracy: number;
  /** Mean recall over the labels that occur; multi-label: mean of (sensitivity + specificity) / 2. */
  readonly balancedAccuracy: number;
  /** What always answering the most frequent label of these examples reaches. */
  readonly baselineAccuracy: number;
  readonly loss: number;
  readonly perClass: readonly ClassScore[];
  /** [true label][predicted label] in output order; null for multi-label. */
  readonly confusion: readonly (readonly number[])[] | null;
}

export interface RegressionEvaluation {
  readonly task: 'regress';
  readonly examples: number;
  readonly meanAbsoluteError: number;
  readonly rootMeanSquaredError: number;
  /** 1 - squared error / variance; null where the targets do not vary. */
  readonly r2: number | null;
  /** What always answering the mean of these examples reaches. */
  readonly baselineMeanAbsoluteError: number;
  readonly loss: number;
}

export type Evaluation = ClassificationEvaluation | RegressionEvaluation;

/**
 * Scores a model's outputs; definitions as in scikit-learn.
 *
 * @param outputs [examples x units] of the model, row by row: probabilities, or values for regression
 *
 * @example
 * score('classify', ['car', 'truck'], outputs, [0, 1, 1]).accuracy;
 */
export function score(
  task: Task,
  labels: readonly string[] | null,
  outputs: Float32Array,
  targets: readonly Target[],
): Evaluation {
  if (task === 'regress') return scoreRegression(outputs, targets as readonly number[]);
  const names = labels ?? [];
  return task === 'multi-label'
    ? scoreMultiLabel(names, outputs, targets as readonly (readonly number[])[])
    : scoreClasses(names, outputs, targets as readonly number[]);
}

/**
 * Probabilities of each label in one row of a model's output; a single sigmoid answers for the second of two.
 *
 * @example
 * labelProbabilities(Float32Array.of(0.8), 2); // [0.2, 0.8]
 */
export function labelProbabilities(row: ArrayLike<number>, labels: number): number[] {
  const values = Array.from(row);
  return values.length === 1 && labels === 2 ? [1 - (values[0] as number), values[0] as number] : values;
}

function scoreClasses(
  labels: readonly string[],
  outputs: Float32Array,
  targets: readonly number[],
): ClassificationEvaluation {
  const units = outputs.length / targets.length;
  const confusion = labels.map(() => labels.map(() => 0));
  let loss = 0;
  targets.forEach((target, index) => {
    const probabilities = labelProbabilities(
      outputs.subarray(index * units, (index + 1) * units),
      labels.length,
    );
    (confusion[target] as number[])[argMax(probabilities)]! += 1;
    loss += surprise(probabilities[target] as number) / targets.length;
  });
  const support = confusion.map(sum);
  const perClass = labels.map((label, index) => {
    const hits = confusion[index]?.[index] as number;
    const predicted = sum(confusion.map((row) => row[index] as number));
    return {
      label,
      precision: ratio(hits, predicted),
      recall: ratio(hits, support[index] as number),
      support: support[index] as number,
    };
  });
  const hits = sum(confusion.map((row, index) => row[index] as number));
  return {
    task: 'classify',
    examples: targets.length,
    accuracy: hits / targets.length,
    balancedAccuracy: mean(perClass.flatMap(({ recall }) => (recall === null ? [] : [recall]))),
    baselineAccuracy: Math.max(...support) / targets.length,
    loss,
    perClass,
    confusion,
  };
}

function scoreMultiLabel(
  labels: readonly string[],
  outputs: Float32Array,
  targets: readonly (readonly number[])[],
): ClassificationEvaluation {
  let loss = 0;
  const columns = labels.map((label, column) => {
    const count = { label, hits: 0, misses: 0, falseAlarms: 0, rejections: 0 };
    targets.forEach((target, row) => {
      const probability = outputs[row * labels.length + column] as number;
      const predicted = probability >= 0.5;
      const actual = target[column] === 1;
      loss += surprise(actual ? probability : 1 - probability) / (labels.length * targets.length);
      count[actual ? (predicted ? 'hits' : 'misses') : predicted ? 'falseAlarms' : 'rejections']++;
    });
    return count;
  });
  const examples = targets.length;
  return {
    task: 'multi-label',
    examples,
    accuracy: mean(columns.map(({ hits, rejections }) => (hits + rejections) / examples)),
    balancedAccuracy: mean(
      columns.map(({ hits, misses, falseAlarms, rejections }) =>
        mean(
          [ratio(hits, hits + misses), ratio(rejections, rejections + falseAlarms)].filter(
            (rate) => rate !== null,
          ),
        ),
      ),
    ),
    baselineAccuracy: mean(
      columns.map(({ hits, misses }) => Math.max(hits + misses, examples - hits - misses) / examples),
    ),
    loss,
    perClass: columns.map(({ label, hits, misses, falseAlarms }) => ({
      label,
      precision: ratio(hits, hits + falseAlarms),
      recall: ratio(hits, hits + misses),
      support: hits + misses,
    })),
    confusion: null,
  };
}

function scoreRegression(outputs: Float32Array, targets: readonly number[]): RegressionEvaluation {
  const average = mean(targets);
  const errors = targets.map((target, index) => (outputs[index] as number) - target);
  const squares = sum(errors.map((error) => error ** 2));
  const spread = sum(targets.map((target) => (target - average) ** 2));
  return {
    task: 'regress',
    examples: targets.length,
    meanAbsoluteError: mean(errors.map(Math.abs)),
    rootMeanSquaredError: Math.sqrt(squares / targets.length),
    r2: spread === 0 ? null : 1 - squares / spread,
    baselineMeanAbsoluteError: mean(targets.map((target) => Math.abs(target - average))),
    loss: squares / targets.length,
  };
}

/** Cross-entropy of one decision; probabilities are clipped at 1e-7, as Keras does. */
function surprise(probability: number): number {
  return -Math.log(Math.min(1 - 1e-7, Math.max(1e-7, probability)));
}

function argMax(values: readonly number[]): number {
  return values.reduce((best, value, index) => (value > (values[best] as number) ? index : best), 0);
}

function ratio(part: number, whole: number): number | null {
  return whole === 0 ? null : part / whole;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

function mean(values: readonly number[]): number {
  return sum(values) / values.length;
}
