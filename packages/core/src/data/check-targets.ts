import { GraftError } from '../errors.js';
import { type Dataset, indicesOf } from './dataset.js';

/**
 * Refuses a class that is not there: as an index it would pick nothing, or something else, without a word.
 *
 * @param classes how many there are; a target is the number of one, from 0
 * @throws GraftError `data/target-out-of-range`, naming the first example
 *
 * @example
 * checkClasses(dataset, labels.length);
 */
export function checkClasses(dataset: Pick<Dataset, 'size' | 'target'>, classes: number): void {
  for (const index of indicesOf(dataset)) {
    const target = dataset.target(index);
    if (typeof target === 'number' && Number.isInteger(target) && target >= 0 && target < classes) continue;
    throw new GraftError(
      'data/target-out-of-range',
      `Expected targets that are whole numbers from 0 to ${classes - 1}, one for each label. Received ${typeof target === 'number' ? target : JSON.stringify(target)} for example ${index}.`,
      {
        hint: "Give the position of the example's label in `labels`.",
        details: { example: index, target, classes },
      },
    );
  }
}
