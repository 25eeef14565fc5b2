import type { FreezePlan, HeadSpec, RecipeWishes, Task } from '@graft/core';
import { CliError } from './cli-error.js';
import type { DataFlags } from './data-flags.js';

/** What was said after `graft tune MODEL DATA`. */
export interface TuneFlags extends DataFlags {
  readonly out: string;
  readonly overwrite?: true;
  readonly recipe?: string;
  readonly cut?: string;
  readonly remove?: number;
  readonly head?: HeadSpec;
  readonly freeze?: FreezePlan;
  readonly epochs?: number;
  readonly learningRate?: number;
  readonly batchSize?: number;
  readonly validation?: number;
  readonly seed?: number;
  readonly task?: Task;
}

/** The wishes that the flags express. */
export function wishesOf(flags: TuneFlags): RecipeWishes {
  const { cut, remove, head, freeze, epochs, learningRate, batchSize, validation, seed } = flags;
  return { cut, remove, head, freeze, epochs, learningRate, batchSize, validation, seed };
}

/**
 * Refuses flags that cannot be meant together, before anything is loaded.
 *
 * @throws CliError `usage/cut-and-remove`, `usage/remove-and-head`
 */
export function checkTogether({ cut, remove, head }: TuneFlags): void {
  if (cut !== undefined && remove !== undefined) {
    throw new CliError('usage/cut-and-remove', 'Expected --cut or --remove. Received both.', {
      hint: 'Both say where the backbone ends: leave one out.',
    });
  }
  if (remove === 0 && head !== undefined) {
    throw new CliError(
      'usage/remove-and-head',
      'Expected --head or --remove 0, which keeps the old head. Received both.',
      {
        hint: 'Leave one out.',
      },
    );
  }
}
