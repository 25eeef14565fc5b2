import { type Target, type TrainingData, targetsOf } from '../data/dataset.js';
import { GraftError } from '../errors.js';
import { type CutPoint, cutPointNamed, findCutPoints } from '../model/cut-points.js';
import type { PretrainedModel } from '../model/pretrained-model.js';
import { cutBefore, defaultCut } from '../model/replace-head.js';
import { parseRecipe } from './parse-recipe.js';
import type { FreezePlan, HeadSpec, PhaseInput, Recipe } from './recipe.js';

/** What a person asks for; everything else is chosen for the size of the data. */
export interface RecipeWishes {
  readonly cut?: string | undefined;
  /** Remove the last so many layers with weights; 0 keeps the old head. */
  readonly remove?: number | undefined;
  readonly head?: HeadSpec | undefined;
  readonly output?: Recipe['output'] | undefined;
  readonly freeze?: FreezePlan | undefined;
  readonly epochs?: number | undefined;
  readonly learningRate?: number | undefined;
  readonly batchSize?: number | undefined;
  readonly validation?: number | undefined;
  readonly seed?: number | undefined;
  readonly classWeights?: Recipe['classWeights'] | undefined;
  readonly labelSmoothing?: number | undefined;
  readonly phases?: readonly PhaseInput[] | undefined;
}

/** Heads on cached features cost little: enough steps to converge, whatever the number of examples. */
const headSteps = 600;
/** Steps of a phase that changes pretrained layers (facts: 200 to 1,500 for up to 10,000 examples). */
const deepSteps = 300;

/**
 * Fills in a recipe: the cut by the base, head and loss by the task, batch, steps and rates by the number of
 * examples. The result says everything that decides the run.
 *
 * @throws GraftError `usage/*` for layers that are not there, `recipe/invalid`
 *
 * @example
 * const recipe = resolveRecipe(pretrained, data, { epochs: 20, seed: 7 });
 */
export function resolveRecipe(
  pretrained: PretrainedModel,
  data: TrainingData,
  wishes: RecipeWishes = {},
): Recipe {
  const validation = wishes.validation ?? 0.2;
  const examples = Math.round(data.train.size * (data.validation ? 1 : 1 - validation));
  const batchSize = wishes.batchSize ?? batchSizeFor(examples);
  const keep = wishes.remove === 0 || wishes.head?.kind === 'keep';
  const cut = chooseCut(pretrained, wishes);
  const head: HeadSpec = keep ? { kind: 'keep' } : (wishes.head ?? { kind: 'linear' });
  const linear = head.kind === 'linear' && (wishes.freeze ?? 'backbone') === 'backbone';
  const defaults = linear ? linearHead(cut.shape.at(-1) ?? 1, examples, data.task) : {};
  const asked = wishes.learningRate === undefined ? {} : { learningRate: wishes.learningRate };
  return parseRecipe({
    cut: cut.name,
    head,
    task: data.task,
    output: wishes.output ?? { classify: 'softmax', 'multi-label': 'sigmoid', regress: 'linear' }[data.task],
    phases: wishes.phases ?? [
      { ...defaultPhase(wishes, Math.ceil(examples / batchSize)), ...defaults, ...asked },
    ],
    validation,
    batchSize,
    seed: wishes.seed ?? 0,
    classWeights: wishes.classWeights ?? (isImbalanced(data) ? 'balanced' : 'none'),
    labelSmoothing: wishes.labelSmoothing ?? 0,
    inputSpec: pretrained.inputSpec,
  });
}

function chooseCut(pretrained: PretrainedModel, { cut, remove }: RecipeWishes): CutPoint {
  if (cut !== undefined && remove !== undefined) {
    throw new GraftError(
      'usage/cut-and-remove',
      'Expected either a cut or a number of layers to remove. Received both.',
    );
  }
  const { graph } = pretrained;
  const name = cut ?? (remove === undefined ? defaultCut(pretrained) : cutBefore(pretrained, remove));
  return cutPointNamed(graph, findCutPoints(graph), name);
}

/** Before any example, a logit on standardised features is expected within about so much of 0. */
const logitSpread = 7;

/**
 * How a linear head on cached features trains.
 *
 * The penalty is that of a logistic or ridge regression on standardised features, and fades as examples are added.
 * For classification it says that all weights together give logits of standard deviation `logitSpread`: then
 * each has the variance logitSpread^2 / width. For regression each weight has the variance of the noise.
 *
 * One step of Adam moves every weight by the rate, and so the answers by rate x width: the wider the features, the
 * smaller the rate that learns as fast. 3e-3 at 512 features.
 */
function linearHead(width: number, examples: number, task: TrainingData['task']): Partial<PhaseInput> {
  const precision = task === 'regress' ? 1 : width / logitSpread ** 2;
  return {
    learningRate: clamp(1.5 / width, 1e-3, 3e-2),
    optimizer: { name: 'adam' },
    l2: precision / Math.max(1, examples),
  };
}

function defaultPhase(wishes: RecipeWishes, stepsPerEpoch: number): PhaseInput {
  const freeze = wishes.freeze ?? 'backbone';
  const deep = freeze !== 'backbone';
  const wanted = Math.round((deep ? deepSteps : headSteps) / stepsPerEpoch);
  return {
    freeze,
    epochs: wishes.epochs ?? (deep ? clamp(wanted, 5, 30) : clamp(wanted, 10, 100)),
    learningRate: deep ? 5e-4 : 3e-3,
    optimizer: { name: 'adamw', weightDecay: 0.01 },
    schedule: { name: 'cosine' },
    patience: null,
  };
}

/** A power of two, about an eighth of the examples, from 8 to 32. */
function batchSizeFor(examples: number): number {
  return clamp(2 ** Math.round(Math.log2(Math.max(1, examples / 8))), 8, 32);
}

/** The most frequent label has more than twice the examples of the rarest. */
function isImbalanced(data: TrainingData): boolean {
  if (data.task !== 'classify') return false;
  const counts = new Map<Target, number>();
  for (const target of targetsOf(data.train)) counts.set(target, (counts.get(target) ?? 0) + 1);
  return Math.max(...counts.values()) > 2 * Math.min(...counts.values());
}

function clamp(value: number, low: number, high: number): number {
  return Math.min(high, Math.max(low, value));
}
