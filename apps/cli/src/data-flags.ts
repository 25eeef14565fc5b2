import type { Task } from '@graft/core';
import type { BackendChoice } from './backend-choice.js';
import type { InputFlags } from './input-spec.js';

/** Flags of the commands that read examples. */
export interface DataFlags extends InputFlags {
  readonly backend: BackendChoice;
  readonly target?: string[];
  readonly task?: Task;
  readonly skipBad?: true;
}
