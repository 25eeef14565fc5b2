import type { TrainingEvent } from '@graft/core';
import type { Failure } from './failure.js';

/** One line of `--events ndjson`: what core tells, and what happens around it. */
export type CliEvent =
  | TrainingEvent
  /** Files that were listed, hashed and decoded so far. */
  | { readonly type: 'data'; readonly done: number; readonly total: number }
  /** Examples that were predicted so far. */
  | { readonly type: 'predict'; readonly done: number; readonly total: number }
  | { readonly type: 'notice'; readonly message: string }
  | ({ readonly type: 'error' } & Failure);
