import type { TrainingEvent, Warning } from '@graft/core';
import type { TuneResult } from '@graft/node/results';
import type { Config } from '../config.js';
import type { JobFailure, JobRequest } from './job.js';

/** What the process of a job is told at its start. All paths are its own to use. */
export interface JobOrder {
  readonly request: JobRequest;
  /** A built-in name, or the directory of a model. */
  readonly model: string;
  /** A folder of labelled folders, or a CSV table. */
  readonly data: string;
  /** Where the run is written. */
  readonly out: string;
  readonly backend: Config['backend'];
  /** Of the server, for the run record. */
  readonly version: string;
}

/** What happens to a job, as its history tells it. */
export type JobEvent =
  | TrainingEvent
  | { readonly type: 'data'; readonly done: number; readonly total: number };

/** What the process tells. */
export type JobMessage =
  | { readonly type: 'event'; readonly event: JobEvent }
  | { readonly type: 'warning'; readonly warning: Warning }
  | {
      readonly type: 'done';
      readonly result: TuneResult;
      readonly labels: readonly string[] | null;
      readonly task: string;
    }
  | { readonly type: 'failed'; readonly failure: JobFailure };
