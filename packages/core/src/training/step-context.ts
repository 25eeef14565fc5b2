import type { NamedWeight } from '../model/stored-weights.js';
import type { TransferModel } from '../model/transfer-model.js';
import type { Phase } from '../recipe/recipe.js';
import type { Breather } from './breather.js';
import type { Objective } from './objective.js';
import type { Optimizer } from './optimizer.js';

/** What stays the same over all steps of a phase. */
export interface StepContext {
  readonly model: TransferModel;
  readonly phase: Phase;
  readonly objective: Objective;
  readonly optimizer: Optimizer;
  /** Weights that may move, statistics of BatchNormalization included. */
  readonly movable: readonly NamedWeight[];
  readonly labelSmoothing: number;
  /** One factor a label, or null: all examples count the same. */
  readonly classWeights: readonly number[] | null;
  /** How many examples of a batch of this shape go through the model at once. */
  readonly pieceSize: (batch: readonly number[]) => number;
  readonly breather: Breather;
}
