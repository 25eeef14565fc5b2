import type { Warning } from './errors.js';

/** How many weight values train, stay, and are there in all. */
export interface ParameterCount {
  readonly trainable: number;
  readonly frozen: number;
  readonly total: number;
}

/**
 * What a run tells while it goes on. Plain data that can be cloned: terminal, server-sent events and
 * `postMessage` carry the same object.
 */
export type TrainingEvent =
  | {
      readonly type: 'start';
      readonly cut: string;
      readonly labels: readonly string[] | null;
      readonly examples: { readonly train: number; readonly validation: number };
      readonly phases: number;
    }
  /** `phase`, `epoch` and `step` count from 1. */
  | {
      readonly type: 'phase';
      readonly phase: number;
      readonly epochs: number;
      readonly parameters: ParameterCount;
    }
  | { readonly type: 'features'; readonly phase: number; readonly done: number; readonly total: number }
  | {
      readonly type: 'step';
      readonly phase: number;
      readonly epoch: number;
      readonly step: number;
      readonly steps: number;
      readonly loss: number;
      readonly learningRate: number;
    }
  | {
      readonly type: 'epoch';
      readonly phase: number;
      readonly epoch: number;
      readonly epochs: number;
      readonly trainLoss: number;
      readonly validationLoss: number | null;
      /** Accuracy, or for regression the mean absolute error; null without validation examples. */
      readonly validationMetric: number | null;
      readonly best: boolean;
      readonly seconds: number;
    }
  | ({ readonly type: 'warning' } & Warning)
  | { readonly type: 'end'; readonly interrupted: boolean };
