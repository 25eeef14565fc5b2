import type { EvaluateResult } from '@graft/node/results';
import type { Config } from '../config.js';
import type { ProcessFailure } from '../process-failure.js';

/** What the process of an evaluation is told. */
export interface EvaluationOrder {
  /** A built-in name, or the directory of a model. */
  readonly model: string;
  /** A folder of labelled folders, or a CSV table. */
  readonly data: string;
  readonly backend: Config['backend'];
}

/** What it answers. */
export type EvaluationAnswer =
  | { readonly result: EvaluateResult }
  | {
      readonly failure: ProcessFailure;
    };
