import { GraftError } from '../errors.js';
import { randomStream, shuffled } from '../random.js';
import { type Dataset, indicesOf, subset, type Task } from './dataset.js';

export interface Split {
  readonly train: Dataset;
  /** null where nothing is held out. */
  readonly validation: Dataset | null;
}

/** A split of one dataset by index. */
export interface IndexedSplit extends Split {
  /** Positions of the validation examples in the dataset. */
  readonly heldOut: readonly number[];
}

/**
 * Holds out a share of the examples, by seed. Labels keep their proportions, and every label stays in the
 * training part; regression and multi-label are split at random. Examples of one group (equal contents) stay on
 * one side.
 *
 * @param share 0 to 0.9; what is held out is rounded for each label, at least one example where there are two
 * @throws GraftError `data/too-few`
 *
 * @example
 * const { train, validation } = splitDataset(dataset, { share: 0.2, seed: 1, task: 'classify' });
 */
export function splitDataset(
  dataset: Dataset,
  { share, seed, task }: { readonly share: number; readonly seed: number; readonly task: Task },
): IndexedSplit {
  if (share === 0) return { train: dataset, validation: null, heldOut: [] };
  const held = new Set<number>();
  for (const [stratum, units] of strata(dataset, task)) {
    const count = units.reduce((sum, unit) => sum + unit.length, 0);
    const wanted = units.length < 2 ? 0 : Math.max(1, Math.round(count * share));
    let taken = 0;
    const order = shuffled(units, randomStream(seed, 'split', stratum));
    for (const unit of order.slice(0, -1)) {
      if (taken >= wanted) break;
      for (const index of unit) held.add(index);
      taken += unit.length;
    }
  }
  if (held.size === 0) {
    throw new GraftError(
      'data/too-few',
      `Expected enough examples to hold out ${share} of them. Received ${dataset.size}.`,
      {
        hint: 'Add examples, or train without validation (validation: 0).',
      },
    );
  }
  const heldOut = indicesOf(dataset).filter((index) => held.has(index));
  const kept = indicesOf(dataset).filter((index) => !held.has(index));
  return { train: subset(dataset, kept), validation: subset(dataset, heldOut), heldOut };
}

/** Units that may not be torn apart, by label. A group belongs to the label of its first example. */
function strata(dataset: Dataset, task: Task): Map<string, number[][]> {
  const groups = new Map<string, number[]>();
  for (let index = 0; index < dataset.size; index++) {
    const key = dataset.group?.(index) ?? `${index}`;
    const group = groups.get(key);
    if (group) group.push(index);
    else groups.set(key, [index]);
  }
  const byLabel = new Map<string, number[][]>();
  for (const group of groups.values()) {
    const label = task === 'classify' ? String(dataset.target(group[0] as number)) : 'all';
    const units = byLabel.get(label);
    if (units) units.push(group);
    else byLabel.set(label, [group]);
  }
  return byLabel;
}
