import { type Dataset, targetsOf } from '../data/dataset.js';
import type { TransferModel } from '../model/transfer-model.js';

/** Weights that make every label count the same: examples / (labels * examples of the label). */
export function balancedWeights({ labels, task }: TransferModel, dataset: Dataset): number[] | null {
  if (task !== 'classify' || !labels) return null;
  const counts = labels.map(() => 0);
  for (const target of targetsOf(dataset)) counts[target as number]! += 1;
  return counts.map((count) => (count === 0 ? 0 : dataset.size / (labels.length * count)));
}
