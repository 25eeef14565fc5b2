import type { TrainingData } from '../data/dataset.js';
import { type IndexedSplit, splitDataset } from '../data/split.js';
import { GraftError } from '../errors.js';
import type { ParameterCount, TrainingEvent } from '../events.js';
import { freeze } from '../freezing/freeze.js';
import { type HeadBuilder, standardHead } from '../model/heads.js';
import type { PretrainedModel } from '../model/pretrained-model.js';
import { replaceHead } from '../model/replace-head.js';
import type { TransferModel } from '../model/transfer-model.js';
import { randomStream, seedFrom } from '../random.js';
import type { Recipe } from '../recipe/recipe.js';
import { resolveRecipe } from '../recipe/resolve-recipe.js';
import type { Evaluation } from './metrics.js';
import type { PhaseReport } from './phase-report.js';
import type { FeatureCache } from './phase-view.js';
import { type Activity, Stopwatch } from './stopwatch.js';
import { train } from './train.js';

export interface FineTuneInput {
  readonly pretrained: PretrainedModel;
  readonly data: TrainingData;
  /** Default: what `resolveRecipe` chooses for the data. */
  readonly recipe?: Recipe;
  /** Layers of your own instead of the recipe's head. */
  readonly head?: HeadBuilder;
}

export interface FineTuneOptions {
  /** Drops the run: the signal's reason is thrown and nothing is left. */
  readonly signal?: AbortSignal;
  /** Ends the run within a moment and keeps its best epoch; the epoch that is under way is dropped. */
  readonly stop?: AbortSignal;
  readonly onEvent?: (event: TrainingEvent) => void;
}

export interface FineTuneReport {
  readonly recipe: Recipe;
  readonly examples: { readonly train: number; readonly validation: number };
  /** Of the last phase. */
  readonly parameters: ParameterCount;
  readonly phases: readonly PhaseReport[];
  /** Of the finished model on the validation examples; null where nothing was held out. */
  readonly validation: Evaluation | null;
  /** What it answers to them, row by row: [examples x units]. */
  readonly validationOutputs: Float32Array | null;
  /** Positions of the validation examples in `data.train`; empty where the data has its own. */
  readonly heldOut: readonly number[];
  readonly seconds: Readonly<Record<Activity, number>>;
  readonly interrupted: boolean;
}

/**
 * The whole method: cut, put a head on, then freeze and train phase by phase.
 *
 * @returns the model, the caller's to dispose, and what happened
 * @throws GraftError `usage/*`, `data/*`, `recipe/*`; `interrupted/before-first-epoch`
 *
 * @example
 * const { model, report } = await fineTune({ pretrained, data });
 */
export async function fineTune(
  input: FineTuneInput,
  options: FineTuneOptions = {},
): Promise<{ model: TransferModel; report: FineTuneReport }> {
  const { pretrained, data, recipe = resolveRecipe(pretrained, data) } = input;
  const { signal, stop, onEvent } = options;
  const split = splitOf(data, recipe);
  const model = replaceHead(pretrained, {
    cut: recipe.cut,
    head: input.head ?? headOf(recipe, data),
    labels: data.labels,
    task: recipe.task,
  });
  try {
    const examples = { train: split.train.size, validation: split.validation?.size ?? 0 };
    onEvent?.({
      type: 'start',
      cut: recipe.cut,
      labels: data.labels,
      examples,
      phases: recipe.phases.length,
    });
    const stopwatch = new Stopwatch();
    const cache: FeatureCache = { edge: null, train: null, validation: null };
    const phases: PhaseReport[] = [];
    let parameters: ParameterCount | null = null;
    for (const [index, phase] of recipe.phases.entries()) {
      const count = freeze(model, phase.freeze, phase.batchNorm);
      const report = await train(model, split, phase, {
        ...recipe,
        phase: index + 1,
        signal,
        stop,
        onEvent,
        stopwatch,
        cache,
      });
      if (report) {
        phases.push(report);
        parameters = count;
      }
      if (stop?.aborted) break;
    }
    const last = phases.at(-1);
    if (!last || !parameters) throw stoppedEarly();
    const interrupted = stop?.aborted === true;
    onEvent?.({ type: 'end', interrupted });
    return {
      model,
      report: {
        recipe,
        examples,
        parameters,
        phases,
        validation: last.validation,
        validationOutputs: last.validationOutputs,
        heldOut: split.heldOut,
        seconds: stopwatch.seconds,
        interrupted,
      },
    };
  } catch (error) {
    model.dispose();
    throw error;
  }
}

function splitOf(data: TrainingData, { validation: share, seed, task }: Recipe): IndexedSplit {
  if (data.task !== task) {
    throw new GraftError(
      'recipe/other-task',
      `Expected data for the recipe's task "${task}". Received data for "${data.task}".`,
    );
  }
  if (data.validation) return { train: data.train, validation: data.validation, heldOut: [] };
  return splitDataset(data.train, { share, seed, task });
}

function headOf(recipe: Recipe, { labels }: TrainingData): HeadBuilder | 'keep' {
  if (recipe.head.kind === 'keep') return 'keep';
  const binary = recipe.output === 'sigmoid' && recipe.task === 'classify';
  const units = binary ? 1 : (labels?.length ?? 1);
  const seed = seedFrom(randomStream(recipe.seed, 'head'));
  return standardHead(recipe.head, { units, activation: recipe.output, seed });
}

function stoppedEarly(): GraftError {
  return new GraftError(
    'interrupted/before-first-epoch',
    'Expected at least one whole epoch. Received a stop before the first was finished.',
    {
      hint: 'Nothing was written. Let one epoch finish before stopping to keep its result.',
    },
  );
}
