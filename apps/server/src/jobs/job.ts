import type { Recipe, RecipeWishes, Task } from '@graft/core';
import type { TuneResult } from '@graft/node/results';
import type { Row } from '../stores/records.js';

/** `cancelled`, `failed` and `succeeded` are for ever. */
export type JobState = 'queued' | 'running' | 'paused' | 'succeeded' | 'failed' | 'cancelled';

/** What the owner asked for. */
export interface JobRequest {
  /** Built-in, a model of the tenant, or an alias. */
  readonly model: string;
  readonly trainingFile: string;
  readonly validationFile: string | null;
  /** A whole recipe, or wishes where the defaults do not please. */
  readonly recipe: Recipe | { readonly wishes: RecipeWishes };
  readonly target: readonly string[] | null;
  readonly task: Task | null;
  readonly skipBad: boolean;
  /** Part of the new model's name. */
  readonly suffix: string | null;
  readonly metadata: Readonly<Record<string, string>>;
}

export interface JobFailure {
  readonly code: string;
  readonly message: string;
  readonly hint: string | null;
}

/** A fine-tuning job, from its request to its result. */
export interface Job {
  readonly request: JobRequest;
  /**
   * How often it was started. Also the fence token: a worker writes only while the job still has the attempt that
   * it was given, so one that slept can't overwrite its successor.
   */
  readonly attempt: number;
  /**
   * The worker that runs it, and a number that changes as long as that worker lives. Others only see whether it
   * changes: clocks of machines differ, so no time in it could be trusted.
   */
  readonly lease: { readonly worker: string; readonly beat: number } | null;
  /** How many workers stopped while they ran it. */
  readonly losses: number;
  /** What a running job shall do at the next opportunity. */
  readonly wish: 'pause' | 'cancel' | null;
  readonly startedAt: number | null;
  readonly finishedAt: number | null;
  /** 0 to 1, and seconds left as of the last event; null before there is anything to go by. */
  readonly progress: { readonly share: number; readonly secondsLeft: number | null } | null;
  /** The model that it made. */
  readonly model: string | null;
  readonly result: TuneResult | null;
  readonly error: JobFailure | null;
}

export type JobRow = Row<Job>;

export const jobStream = ({ tenant, id }: { tenant: string; id: string }): string => `job/${tenant}/${id}`;
