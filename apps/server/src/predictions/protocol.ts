import type { Prediction } from '@graft/core';
import type { InspectResult } from '@graft/node/results';
import type { LocalModel } from '../models/model.js';
import type { ProcessFailure } from '../process-failure.js';

/** What a model is to answer on. */
export type Input =
  /** An encoded JPEG, PNG or WebP, for a model with an input spec. */
  | { readonly kind: 'picture'; readonly bytes: Uint8Array }
  /** One flat list of values for each example, given the model's shape. */
  | { readonly kind: 'rows'; readonly rows: readonly (readonly number[])[] }
  /** Values as the model takes them, [examples, ...]. */
  | { readonly kind: 'tensor'; readonly shape: readonly number[]; readonly values: Float32Array };

/** Labels, the most probable first, at most so many; null: all. */
type Labels = Input & { readonly top: number | null };

/** What the inference process can be asked: labels where `top` is there, else the model's outputs as they are. */
export type Question = Labels | Input | { readonly kind: 'inspect' };

/** One answer for each example: labels, or the number of a regression. */
export type Answer = { readonly predictions: readonly Prediction[] } | { readonly value: number };

/** What the last layer says, [examples, units] row by row. */
export interface Outputs {
  readonly shape: readonly [examples: number, units: number];
  readonly values: Float32Array;
}

/** What a client has to know to ask. */
export interface ModelFacts {
  readonly inspected: InspectResult;
  readonly task: string | null;
  readonly labels: readonly string[] | null;
  /** Without the batch; null: any length. */
  readonly inputShape: readonly (number | null)[];
  readonly inputName: string;
  readonly outputName: string;
}

export type AnswerTo<Q extends Question> = Q extends { kind: 'inspect' }
  ? ModelFacts
  : Q extends Labels
    ? readonly Answer[]
    : Outputs;

export interface InferenceRequest {
  readonly id: number;
  readonly model: LocalModel;
  readonly question: Question;
}

export type InferenceResponse =
  | { readonly id: number; readonly answer: unknown }
  | {
      readonly id: number;
      readonly failure: ProcessFailure;
    };

/** What the process is told at its start. */
export interface InferenceSetup {
  readonly backend: 'auto' | 'tensorflow' | 'wasm' | 'cpu';
  readonly batchMilliseconds: number;
  readonly batchSize: number;
  readonly warmBytes: number;
}
