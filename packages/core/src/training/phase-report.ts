import type { TrainingEvent } from '../events.js';
import type { Evaluation } from './metrics.js';
import type { FeatureCache } from './phase-view.js';
import type { Stopwatch } from './stopwatch.js';

export interface TrainOptions {
  readonly seed: number;
  readonly batchSize: number;
  /** Counts from 1; seeds this phase's order of examples and random masks. */
  readonly phase?: number;
  readonly classWeights?: 'none' | 'balanced';
  readonly labelSmoothing?: number;
  /** Drops the run: its reason is thrown, the weights are as they were before the phase. */
  readonly signal?: AbortSignal | undefined;
  /** Ends the phase within a moment and keeps its best epoch; the epoch that is under way is dropped. */
  readonly stop?: AbortSignal | undefined;
  readonly onEvent?: ((event: TrainingEvent) => void) | undefined;
  readonly stopwatch?: Stopwatch;
  /** Hands features on to the next phase where its frozen part is the same. */
  readonly cache?: FeatureCache;
  /** Features are kept in memory up to so many bytes; default 1 GiB. */
  readonly cacheBytes?: number;
}

export interface PhaseReport {
  /** Epochs that were finished. */
  readonly epochs: number;
  /** From 1: the epoch whose weights the model has now. */
  readonly bestEpoch: number;
  readonly seconds: number;
  /** Mean over the best epoch's steps. */
  readonly trainLoss: number;
  readonly validationLoss: number | null;
  /** Of the best epoch; null without validation examples. */
  readonly validation: Evaluation | null;
  /** What the best epoch answers to the validation examples, row by row: [examples x units]. */
  readonly validationOutputs: Float32Array | null;
  readonly curve: readonly EpochPoint[];
}

export interface EpochPoint {
  readonly trainLoss: number;
  readonly validationLoss: number | null;
  /** Accuracy; for regression the mean absolute error. */
  readonly validationMetric: number | null;
}
