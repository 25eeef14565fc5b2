import { GraftError, type Recipe } from '@graft/core';
import type { TuneFlags } from './tune-flags.js';

/**
 * Refuses flags that say something else than the recipe file. Those that say the same are welcome.
 *
 * @param cutFor the layer at which --remove cuts the model
 * @throws GraftError `usage/contradicts-recipe`, naming all of them
 */
export function refuseContradictions(
  flags: TuneFlags,
  recipe: Recipe,
  cutFor: (remove: number) => string,
): void {
  const single = recipe.phases.length === 1 ? recipe.phases[0] : undefined;
  const keepsHead = flags.remove === 0 && recipe.head.kind === 'keep';
  const pairs: readonly (readonly [string, unknown, unknown])[] = [
    ['--cut', flags.cut, recipe.cut],
    ['--remove', flags.remove ? cutFor(flags.remove) : undefined, recipe.cut],
    ['--remove', flags.remove === 0 ? 'keep' : undefined, keepsHead ? 'keep' : null],
    ['--head', flags.head, recipe.head],
    ['--freeze', flags.freeze, single?.freeze],
    ['--epochs', flags.epochs, single?.epochs],
    ['--learning-rate', flags.learningRate, single?.learningRate],
    ['--batch-size', flags.batchSize, recipe.batchSize],
    ['--validation', flags.validation, recipe.validation],
    ['--seed', flags.seed, recipe.seed],
    ['--task', flags.task, recipe.task],
    ['--input-range', flags.inputRange, recipe.inputSpec?.range],
    ['--color-order', flags.colorOrder, recipe.inputSpec?.colorOrder],
    [
      '--input-mean',
      flags.inputMean?.length === 1 ? flags.inputMean[0] : flags.inputMean,
      recipe.inputSpec?.mean,
    ],
    ['--input-std', flags.inputStd?.length === 1 ? flags.inputStd[0] : flags.inputStd, recipe.inputSpec?.std],
    ['--resize', flags.resize, recipe.inputSpec?.resize],
  ];
  const contradicting = pairs.filter(
    ([, wanted, written]) => wanted !== undefined && JSON.stringify(wanted) !== JSON.stringify(written),
  );
  if (!contradicting.length) return;
  const names = [...new Set(contradicting.map(([flag]) => flag))];
  throw new GraftError(
    'usage/contradicts-recipe',
    `Expected flags that agree with --recipe. Received others: ${names.join(', ')}.`,
    {
      hint: 'Leave them out, or change the recipe file.',
      details: {
        flags: Object.fromEntries(
          contradicting.map(([flag, wanted, written]) => [flag, { flag: wanted, recipe: written ?? null }]),
        ),
      },
    },
  );
}
