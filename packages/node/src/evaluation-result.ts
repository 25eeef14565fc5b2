import type { Evaluation } from '@graft/core';
import type { EvaluateResult } from './results.js';

/** An evaluation as terminal and HTTP answer it. */
export function evaluationResult(evaluation: Evaluation, labels: readonly string[] | null): EvaluateResult {
  if (evaluation.task === 'regress') {
    const { examples, meanAbsoluteError, rootMeanSquaredError, r2, baselineMeanAbsoluteError } = evaluation;
    return { examples, meanAbsoluteError, rootMeanSquaredError, r2, baselineMeanAbsoluteError };
  }
  const { examples, accuracy, balancedAccuracy, baselineAccuracy, loss, perClass, confusion } = evaluation;
  return {
    examples,
    accuracy,
    balancedAccuracy,
    baselineAccuracy,
    loss,
    classes: [...(labels ?? [])],
    perClass: [...perClass],
    confusion: confusion?.map((row) => [...row]) ?? null,
  };
}
