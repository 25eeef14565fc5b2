import type { Prediction } from '@graft/core';
import type { InspectResult } from '@graft/node/results';
import type { LocalModel } from '../models/model.js';

/** What the inference process can be asked. */
export type Question =
  | { readonly kind: 'picture'; readonly bytes: Uint8Array; readonly top: number | null }
  | { readonly kind: 'rows'; readonly rows: readonly (readonly number[])[]; readonly top: number | null }
  /** Values as the model takes them, [examples, ...]. */
  | { readonly kind: 'tensor'; readonly shape: readonly number[]; readonly values: Float32Array }
  | { readonly kind: 'inspect' };

/** One answer for each example: labels, or the number of a regression. */
export type Answer = { readonly predictions: readonly Prediction[] } | { readonly value: number };

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
  : Q extends { kind: 'tensor' }
    ? { readonly shape: readonly number[]; readonly values: Float32Array }
    : readonly Answer[];

export interface InferenceRequest {
  readonly id: number;
  readonly model: LocalModel;
  readonly question: Question;
}

export type InferenceResponse =
  | { readonly id: number; readonly answer: unknown }
  | {
      readonly id: number;
      readonly failure: {
        readonly code: string;
        readonly message: string;
        readonly hint: string | null;
        readonly details: unknown;
      };
    };

/** What the process is told at its start. */
export interface InferenceSetup {
  readonly backend: 'auto' | 'tensorflow' | 'wasm' | 'cpu';
  readonly batchMilliseconds: number;
  readonly batchSize: number;
  readonly warmBytes: number;
}
