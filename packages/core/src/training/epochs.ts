import { batchesOf } from '../data/batches.js';
import { indicesOf } from '../data/dataset.js';
import { GraftError } from '../errors.js';
import { randomStream, shuffled } from '../random.js';
import { endedBy } from './ending.js';
import type { EpochPoint, PhaseReport, TrainOptions } from './phase-report.js';
import type { PhaseView } from './phase-view.js';
import { rateAt } from './schedules.js';
import { Snapshot } from './snapshot.js';
import type { StepContext } from './step-context.js';
import { trainStep } from './train-step.js';
import { type Checked, check, metricOf } from './validation-check.js';

/** The best epoch so far. */
interface Best extends Epoch {
  readonly epoch: number;
  readonly snapshot: Snapshot;
}

/** What is known of an epoch once it is finished. */
interface Epoch {
  readonly point: EpochPoint;
  readonly checked: Checked | null;
}

/**
 * Trains epoch by epoch and leaves the weights of the best one. A stop drops the epoch that is under way.
 *
 * @param options `signal` must be aborted by `stop` too, with the same reason
 * @throws the reason of `stop` if it came before the first epoch was finished
 */
export async function runEpochs(
  context: StepContext,
  view: PhaseView,
  options: TrainOptions,
): Promise<PhaseReport> {
  const { stop, onEvent, phase: number = 1 } = options;
  const { epochs, patience } = context.phase;
  const begin = performance.now();
  const curve: EpochPoint[] = [];
  let best: Best | null = null;
  try {
    for (let epoch = 1; epoch <= epochs; epoch++) {
      const epochBegin = performance.now();
      const { point, checked } = await runEpoch(context, view, epoch, options);
      curve.push(point);
      const better = !best || judged(point) < judged(best.point);
      if (better) {
        best?.snapshot.dispose();
        best = { epoch, point, checked, snapshot: new Snapshot(context.movable) };
      }
      const seconds = (performance.now() - epochBegin) / 1000;
      onEvent?.({ type: 'epoch', phase: number, epoch, epochs, ...point, best: better, seconds });
      await context.breather.breathe();
      if (best && patience !== null && epoch - best.epoch >= patience) break;
    }
  } catch (error) {
    if (!best || !endedBy(stop, error)) {
      best?.snapshot.dispose();
      throw error;
    }
  }
  if (!best) throw new Error('A phase has at least one epoch.');
  best.snapshot.restore();
  best.snapshot.dispose();
  const { validation = null, validationOutputs = null } = best.checked ?? {};
  return {
    epochs: curve.length,
    bestEpoch: best.epoch,
    seconds: (performance.now() - begin) / 1000,
    trainLoss: best.point.trainLoss,
    validationLoss: best.point.validationLoss,
    validation,
    validationOutputs,
    curve,
  };
}

/** Trains on each example once, then checks on the validation examples. */
async function runEpoch(
  context: StepContext,
  view: PhaseView,
  epoch: number,
  options: TrainOptions,
): Promise<Epoch> {
  const order = shuffled(
    indicesOf(view.train),
    randomStream(options.seed, 'order', options.phase ?? 1, epoch),
  );
  const trainLoss = await runSteps(context, view, order, epoch, options);
  const checked = await check(context, view, options);
  const point = {
    trainLoss: trainLoss * view.lossUnit,
    validationLoss: checked?.validation.loss ?? null,
    validationMetric: checked && metricOf(checked.validation),
  };
  return { point, checked };
}

/** @returns the mean loss over the steps */
async function runSteps(
  context: StepContext,
  view: PhaseView,
  order: readonly number[],
  epoch: number,
  { batchSize, signal, onEvent, phase = 1 }: TrainOptions,
): Promise<number> {
  const { schedule, learningRate: base, epochs } = context.phase;
  const steps = Math.ceil(order.length / batchSize);
  let total = 0;
  let step = 0;
  for await (const { indices, inputs } of batchesOf(view.train, order, batchSize, view.shape, signal)) {
    const learningRate = rateAt(schedule, base, (epoch - 1) * steps + step, epochs * steps);
    const targets = indices.map((index) => view.train.target(index));
    const loss = await trainStep(context, view, inputs, targets, learningRate).finally(() =>
      inputs.dispose(),
    );
    step++;
    if (!Number.isFinite(loss)) throw diverged(loss, epoch, step);
    total += loss * indices.length;
    onEvent?.({ type: 'step', phase, epoch, step, steps, loss, learningRate });
    await context.breather.breathe();
  }
  return total / order.length;
}

function judged({ trainLoss, validationLoss }: EpochPoint): number {
  return validationLoss ?? trainLoss;
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
