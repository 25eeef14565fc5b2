import * as tf from '@tensorflow/tfjs-core';
import { batchesOf } from '../data/batches.js';
import { type Dataset, indicesOf, targetsOf } from '../data/dataset.js';
import type { Split } from '../data/split.js';
import { GraftError } from '../errors.js';
import type { TrainingEvent } from '../events.js';
import { weightsOf } from '../model/stored-weights.js';
import { canMove, countParameters, type TransferModel } from '../model/transfer-model.js';
import { randomStream, seedFrom, shuffled } from '../random.js';
import type { Phase } from '../recipe/recipe.js';
import { prepareBackend } from '../tfjs/prepare-backend.js';
import { Breather } from './breather.js';
import { forward } from './forward.js';
import { type Evaluation, score } from './metrics.js';
import { objectiveFor } from './objective.js';
import { Optimizer } from './optimizer.js';
import { type FeatureCache, type PhaseView, phaseView } from './phase-view.js';
import { refuseUntrainable } from './refuse-untrainable.js';
import { rateAt } from './schedules.js';
import { Snapshot } from './snapshot.js';
import { Stopwatch } from './stopwatch.js';
import { type StepContext, trainStep } from './train-step.js';

export interface TrainOptions {
  readonly seed: number;
  readonly batchSize: number;
  /** Counts from 1; seeds this phase's order of examples and random masks. */
  readonly phase?: number;
  readonly classWeights?: 'none' | 'balanced';
  readonly labelSmoothing?: number;
  /** Drops the run: its reason is thrown, the weights are as they were before the phase. */
  readonly signal?: AbortSignal | undefined;
  /** Ends the phase after the present step and keeps its best epoch. */
  readonly stop?: AbortSignal | undefined;
  readonly onEvent?: ((event: TrainingEvent) => void) | undefined;
  readonly stopwatch?: Stopwatch;
  /** Hands features on to the next phase where its frozen part is the same. */
  readonly cache?: FeatureCache;
  /** Features are kept in memory up to so many bytes; default 1 GiB. */
  readonly cacheBytes?: number;
}

export interface PhaseReport {
  /** Epochs that were finished. */
  readonly epochs: number;
  /** From 1: the epoch whose weights the model has now. */
  readonly bestEpoch: number;
  readonly seconds: number;
  /** Mean over the best epoch's steps; for regression in units of the training targets' variance. */
  readonly trainLoss: number;
  readonly validationLoss: number | null;
  /** Of the model as it is now; null without validation examples. */
  readonly validation: Evaluation | null;
  readonly curve: readonly EpochPoint[];
}

export interface EpochPoint {
  readonly trainLoss: number;
  readonly validationLoss: number | null;
  /** Accuracy; for regression the mean absolute error in standardised units. */
  readonly validationMetric: number | null;
}

/**
 * Trains what the last `freeze` left free, for the epochs of one phase, and leaves the model with the weights
 * of its best epoch: the lowest validation loss, or training loss where nothing is held out.
 *
 * @returns null if `stop` came before the first epoch was finished: the weights are those of before
 * @throws GraftError `backend/untrainable-layer`; `recipe/diverged` when the loss is no number any more; whatever the datasets throw
 *
 * @example
 * freeze(model, 'backbone');
 * const report = await train(model, { train, validation }, phase, { seed: 1, batchSize: 32 });
 */
export async function train(
  model: TransferModel,
  data: Split,
  phase: Phase,
  options: TrainOptions,
): Promise<PhaseReport | null> {
  const { seed, batchSize, signal, onEvent, phase: number = 1, stopwatch = new Stopwatch() } = options;
  prepareBackend(tf.getBackend());
  const random = randomStream(seed, 'dropout', number);
  model.mode.nextSeed = () => seedFrom(random);
  const movable = weightsOf(model.graph).filter((named) => canMove(model, named));
  const objective = objectiveFor(model.graph, model.task, model.labels);
  const optimizer = new Optimizer(phase.optimizer);
  const before = new Snapshot(movable);
  const breather = new Breather();
  onEvent?.({ type: 'phase', phase: number, epochs: phase.epochs, parameters: countParameters(model) });
  try {
    const cache = options.cache ?? { edge: null, train: null, validation: null };
    const onProgress = (done: number, total: number) =>
      onEvent?.({ type: 'features', phase: number, done, total });
    const view = await phaseView(model, data, {
      ...{ batchSize, signal, breather, stopwatch, cache, onProgress },
      cacheBytes: options.cacheBytes ?? 2 ** 30,
    });
    refuseUntrainable(view.line, movable);
    stopwatch.start('train');
    const { labelSmoothing = 0 } = options;
    const classWeights = options.classWeights === 'balanced' ? balancedWeights(model, view.train) : null;
    const context = { model, phase, objective, optimizer, movable, labelSmoothing, classWeights };
    if (continues(model, movable)) view.unfold();
    const report = await runEpochs(context, view, options, breather);
    if (!report) {
      before.restore();
      return null;
    }
    view.fold();
    for (const { name } of movable) model.everTrainable.add(name);
    return {
      ...report,
      validation: await evaluateView(model, view, view.unscaled.validation, options, breather),
    };
  } catch (error) {
    before.restore();
    throw error;
  } finally {
    stopwatch.stop();
    before.dispose();
    optimizer.dispose();
  }
}

/** Whether the head holds values worth keeping; a new head's first values are random in any units. */
function continues(
  { headLayers, pretrainedLayers, everTrainable }: TransferModel,
  movable: StepContext['movable'],
): boolean {
  return movable.some(
    ({ name, layer }) => headLayers.has(layer) && (pretrainedLayers.has(layer) || everTrainable.has(name)),
  );
}

type EpochsReport = Omit<PhaseReport, 'validation'>;

async function runEpochs(
  context: StepContext,
  view: PhaseView,
  options: TrainOptions,
  breather: Breather,
): Promise<EpochsReport | null> {
  const { seed, stop, onEvent, phase: number = 1 } = options;
  const { epochs, patience } = context.phase;
  const begin = performance.now();
  const curve: EpochPoint[] = [];
  let best: { epoch: number; point: EpochPoint; snapshot: Snapshot } | null = null;
  try {
    for (let epoch = 1; epoch <= epochs; epoch++) {
      const epochBegin = performance.now();
      const order = shuffled(indicesOf(view.train), randomStream(seed, 'order', number, epoch));
      const trainLoss = await runEpoch(context, view, order, epoch, options, breather);
      if (trainLoss === null) break;
      const evaluation = await evaluateView(context.model, view, view.validation, options, breather);
      const point = {
        trainLoss,
        validationLoss: evaluation?.loss ?? null,
        validationMetric: evaluation && metricOf(evaluation),
      };
      curve.push(point);
      const better = !best || judged(point) < judged(best.point);
      if (better) {
        best?.snapshot.dispose();
        best = { epoch, point, snapshot: new Snapshot(context.movable) };
      }
      const seconds = (performance.now() - epochBegin) / 1000;
      onEvent?.({ type: 'epoch', phase: number, epoch, epochs, ...point, best: better, seconds });
      await breather.breathe();
      if (stop?.aborted || (best && patience !== null && epoch - best.epoch >= patience)) break;
    }
    if (!best) return null;
    best.snapshot.restore();
    const { trainLoss, validationLoss } = best.point;
    return {
      epochs: curve.length,
      bestEpoch: best.epoch,
      seconds: (performance.now() - begin) / 1000,
      trainLoss,
      validationLoss,
      curve,
    };
  } finally {
    best?.snapshot.dispose();
  }
}

/** @returns the mean loss over the epoch, or null if it was stopped half-way */
async function runEpoch(
  context: StepContext,
  view: PhaseView,
  order: readonly number[],
  epoch: number,
  { batchSize, signal, stop, onEvent, phase = 1 }: TrainOptions,
  breather: Breather,
): Promise<number | null> {
  const { schedule, learningRate: base, epochs } = context.phase;
  const steps = Math.ceil(order.length / batchSize);
  let total = 0;
  let step = 0;
  for await (const { indices, inputs } of batchesOf(view.train, order, batchSize, view.shape, signal)) {
    const learningRate = rateAt(schedule, base, (epoch - 1) * steps + step, epochs * steps);
    const loss = trainStep(
      context,
      view,
      inputs,
      indices.map((index) => view.train.target(index)),
      learningRate,
    );
    inputs.dispose();
    step++;
    if (!Number.isFinite(loss)) throw diverged(loss, epoch, step);
    total += loss * indices.length;
    onEvent?.({ type: 'step', phase, epoch, step, steps, loss, learningRate });
    await breather.breathe();
    if (stop?.aborted && step < steps) return null;
  }
  return total / order.length;
}

/** Scores the model on validation examples as the view sees them. */
async function evaluateView(
  model: TransferModel,
  { line, prefix, from, shape }: PhaseView,
  examples: Dataset | null,
  { batchSize, signal }: TrainOptions,
  breather: Breather,
): Promise<Evaluation | null> {
  if (!examples) return null;
  const passage = {
    nodes: [...prefix, ...line.trainable],
    from,
    to: model.graph.outputs[0] as number,
    shape,
  };
  const { values } = await forward(passage, examples, { batchSize, signal, breather });
  return score(model.task, model.labels, values, targetsOf(examples));
}

/** Weights that make every label count the same: examples / (labels * examples of the label). */
function balancedWeights({ labels, task }: TransferModel, dataset: Dataset): number[] | null {
  if (task !== 'classify' || !labels) return null;
  const counts = labels.map(() => 0);
  for (const target of targetsOf(dataset)) counts[target as number]! += 1;
  return counts.map((count) => (count === 0 ? 0 : dataset.size / (labels.length * count)));
}

function judged({ trainLoss, validationLoss }: EpochPoint): number {
  return validationLoss ?? trainLoss;
}

function metricOf(evaluation: Evaluation): number {
  return evaluation.task === 'regress' ? evaluation.meanAbsoluteError : evaluation.accuracy;
}

function diverged(loss: number, epoch: number, step: number): GraftError {
  return new GraftError(
    'recipe/diverged',
    `Expected a finite loss. Received ${loss} in epoch ${epoch}, step ${step}.`,
    {
      hint: 'Try a lower learning rate (a tenth), or check the input spec: values may be far from what the model was trained on.',
      details: { loss, epoch, step },
    },
  );
}
