import type { Task } from '../data/dataset.js';
import type { ParameterCount } from '../events.js';
import type { RunMode } from './guards.js';
import type { LoadedModel, PretrainedModel } from './pretrained-model.js';
import { type NamedWeight, weightsOf } from './stored-weights.js';

/** Backbone, new head and freeze line: one complete model that trains, predicts and is saved. */
export interface TransferModel extends LoadedModel {
  readonly task: Task;
  /** The pretrained model that the backbone was copied from; it can be disposed, its bytes stay. */
  readonly source: Pick<PretrainedModel, 'name' | 'stored'>;
  /** The last layer of the backbone. */
  readonly cut: string;
  /** Names of the layers that came with the pretrained model; with a kept head, its layers too. */
  readonly pretrainedLayers: ReadonlySet<string>;
  /** Names of the layers behind the cut. */
  readonly headLayers: ReadonlySet<string>;
  /** How the head pools the features, in words; null: not at all, or by layers of the caller's. */
  readonly pooling: string | null;
  /** Values of the new layers' weights before any training, by weight name. */
  readonly initialHead: ReadonlyMap<string, Float32Array>;
  readonly mode: RunMode;
  /** Names of the layers that the last `freeze` froze. */
  frozenLayers: ReadonlySet<string>;
  /** Names of weights that were free to move in any phase so far. */
  readonly everTrainable: Set<string>;
  dispose(): void;
}

/** Moving mean and variance of BatchNormalization: moved by batches, never by gradients. */
export function isStatistic({ name }: NamedWeight): boolean {
  return /(^|\/)moving_(mean|variance)$/.test(name);
}

/** Whether the present freeze plan lets a weight move. */
export function canMove(model: TransferModel, weight: NamedWeight): boolean {
  if (model.frozenLayers.has(weight.layer)) return false;
  return (
    !isStatistic(weight) || model.mode.batchNorm === 'train' || !model.pretrainedLayers.has(weight.layer)
  );
}

/** How many weight values train and stay under the present freeze plan. */
export function countParameters(model: TransferModel): ParameterCount {
  const count = { trainable: 0, frozen: 0, total: 0 };
  for (const named of weightsOf(model.graph)) {
    const values = named.weight.shape.reduce<number>((product, n) => product * (n ?? 1), 1);
    count[canMove(model, named) ? 'trainable' : 'frozen'] += values;
    count.total += values;
  }
  return count;
}
