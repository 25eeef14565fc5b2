import { forward } from './forward.js';
import { type Evaluation, score } from './metrics.js';
import type { PhaseReport, TrainOptions } from './phase-report.js';
import type { PhaseView } from './phase-view.js';
import type { StepContext } from './step-context.js';

/** What the model answers to the validation examples, and how good that is. */
export type Checked = { readonly [Key in 'validation' | 'validationOutputs']: NonNullable<PhaseReport[Key]> };

/** @returns null where nothing is held out */
export async function check(
  { model: { task, labels, graph }, breather }: StepContext,
  { validation: examples, line, prefix, from, shape, answers, targets }: PhaseView,
  { batchSize, signal }: TrainOptions,
): Promise<Checked | null> {
  if (!examples) return null;
  const passage = { nodes: [...prefix, ...line.trainable], from, to: graph.outputs[0] as number, shape };
  const { values } = await forward(passage, examples, { batchSize, signal, breather });
  const validationOutputs = answers(values);
  return { validation: score(task, labels, validationOutputs, targets), validationOutputs };
}

/** The one number of a curve: accuracy, for regression the mean absolute error. */
export function metricOf(evaluation: Evaluation): number {
  return evaluation.task === 'regress' ? evaluation.meanAbsoluteError : evaluation.accuracy;
}
