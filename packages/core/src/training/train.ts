import * as tf from '@tensorflow/tfjs-core';
import { checkClasses } from '../data/check-targets.js';
import type { Split } from '../data/split.js';
import { freezeLine } from '../freezing/freeze-line.js';
import { weightsOf } from '../model/stored-weights.js';
import { canMove, countParameters, type TransferModel } from '../model/transfer-model.js';
import { randomStream, seedFrom } from '../random.js';
import { parsePhase } from '../recipe/parse-recipe.js';
import type { PhaseInput } from '../recipe/recipe.js';
import { prepareBackend } from '../tfjs/prepare-backend.js';
import { Breather } from './breather.js';
import { balancedWeights } from './class-weights.js';
import { endedBy, ending } from './ending.js';
import { runEpochs } from './epochs.js';
import { objectiveFor } from './objective.js';
import { Optimizer } from './optimizer.js';
import type { PhaseReport, TrainOptions } from './phase-report.js';
import { phaseView } from './phase-view.js';
import { stepPieceSize } from './pieces.js';
import { refuseUntrainable } from './refuse-untrainable.js';
import { Snapshot } from './snapshot.js';
import type { StepContext } from './step-context.js';
import { Stopwatch } from './stopwatch.js';

/**
 * Trains what the last `freeze` left free, for the epochs of one phase, and leaves the model with the weights
 * of its best epoch: the lowest validation loss, or training loss where nothing is held out.
 *
 * @param input the phase; fields with a default may be left out
 * @returns null if `stop` came before the first epoch was finished: the weights are those of before
 * @throws GraftError `recipe/invalid`, `backend/untrainable-layer`, `data/target-out-of-range`; `recipe/diverged` when the loss is no number any more; whatever the datasets throw
 *
 * @example
 * freeze(model, 'backbone');
 * const report = await train(model, { train, validation }, phase, { seed: 1, batchSize: 32 });
 */
export async function train(
  model: TransferModel,
  data: Split,
  input: PhaseInput,
  options: TrainOptions,
): Promise<PhaseReport | null> {
  const phase = parsePhase(input);
  const { seed, batchSize, onEvent, phase: number = 1, stopwatch = new Stopwatch() } = options;
  prepareBackend(tf.getBackend());
  const random = randomStream(seed, 'dropout', number);
  model.mode.nextSeed = () => seedFrom(random);
  const movable = weightsOf(model.graph).filter((named) => canMove(model, named));
  const objective = objectiveFor(model.graph, model.task, model.labels);
  if (model.task === 'classify') {
    for (const part of [data.train, data.validation])
      if (part) checkClasses(part, model.labels?.length ?? objective.units);
  }
  const optimizer = new Optimizer(phase.optimizer);
  const before = new Snapshot(movable);
  const signal = ending(options.signal, options.stop);
  const breather = new Breather(signal);
  onEvent?.({ type: 'phase', phase: number, epochs: phase.epochs, parameters: countParameters(model) });
  try {
    const line = freezeLine(model);
    refuseUntrainable(line, movable);
    const cache = options.cache ?? { edge: null, train: null, validation: null };
    const onProgress = (done: number, total: number) =>
      onEvent?.({ type: 'features', phase: number, done, total });
    const view = await phaseView(model, line, data, {
      batchSize,
      signal,
      breather,
      stopwatch,
      cache,
      cacheBytes: options.cacheBytes ?? 2 ** 30,
      onProgress,
    });
    stopwatch.start('train');
    const { labelSmoothing = 0 } = options;
    const classWeights = options.classWeights === 'balanced' ? balancedWeights(model, view.train) : null;
    const context: StepContext = {
      ...{ model, phase, objective, optimizer, movable, labelSmoothing, classWeights, breather },
      pieceSize: (batch) => stepPieceSize(view, movable, batch),
    };
    if (continues(model, movable)) view.unfold();
    const report = await runEpochs(context, view, { ...options, signal });
    view.fold();
    for (const { name } of movable) model.everTrainable.add(name);
    return report;
  } catch (error) {
    before.restore();
    if (endedBy(options.stop, error)) return null;
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
