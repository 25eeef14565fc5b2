import { batchesOf } from '../data/batches.js';
import { indicesOf } from '../data/dataset.js';
import { GraftError } from '../errors.js';
import type { TransferModel } from '../model/transfer-model.js';
import { randomStream, shuffled } from '../random.js';
import type { Breather } from './breather.js';
import { forward } from './forward.js';
import { type Evaluation, score } from './metrics.js';
import type { EpochPoint, PhaseReport, TrainOptions } from './phase-report.js';
import type { PhaseView } from './phase-view.js';
import { rateAt } from './schedules.js';
import { Snapshot } from './snapshot.js';
import { type StepContext, trainStep } from './train-step.js';

/**
 * Trains epoch by epoch and leaves the weights of the best one.
 *
 * @returns null if `stop` came before the first epoch was finished
 */
export async function runEpochs(
  context: StepContext,
  view: PhaseView,
  options: TrainOptions,
  breather: Breather,
): Promise<PhaseReport | null> {
  const { seed, stop, onEvent, phase: number = 1 } = options;
  const { epochs, patience } = context.phase;
  const begin = performance.now();
  const curve: EpochPoint[] = [];
  let best: { epoch: number; point: EpochPoint; checked: Checked | null; snapshot: Snapshot } | null = null;
  try {
    for (let epoch = 1; epoch <= epochs; epoch++) {
      const epochBegin = performance.now();
      const order = shuffled(indicesOf(view.train), randomStream(seed, 'order', number, epoch));
      const trainLoss = await runEpoch(context, view, order, epoch, options, breather);
      if (trainLoss === null) break;
      const checked = await check(context.model, view, options, breather);
      const point = {
        trainLoss: trainLoss * view.lossUnit,
        validationLoss: checked?.validation.loss ?? null,
        validationMetric: checked && metricOf(checked.validation),
      };
      curve.push(point);
      const better = !best || judged(point) < judged(best.point);
      if (better) {
        best?.snapshot.dispose();
        best = { epoch, point, checked, snapshot: new Snapshot(context.movable) };
      }
      const seconds = (performance.now() - epochBegin) / 1000;
      onEvent?.({ type: 'epoch', phase: number, epoch, epochs, ...point, best: better, seconds });
      await breather.breathe();
      if (stop?.aborted || (best && patience !== null && epoch - best.epoch >= patience)) break;
    }
    if (!best) return null;
    best.snapshot.restore();
    const { trainLoss, validationLoss } = best.point;
    const { validation = null, validationOutputs = null } = best.checked ?? {};
    return {
      epochs: curve.length,
      bestEpoch: best.epoch,
      seconds: (performance.now() - begin) / 1000,
      trainLoss,
      validationLoss,
      validation,
      validationOutputs,
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

/** What the model answers to the validation examples, and how good that is. */
type Checked = { readonly [Key in 'validation' | 'validationOutputs']: NonNullable<PhaseReport[Key]> };

async function check(
  { task, labels, graph }: TransferModel,
  { validation: examples, line, prefix, from, shape, answers, targets }: PhaseView,
  { batchSize, signal }: TrainOptions,
  breather: Breather,
): Promise<Checked | null> {
  if (!examples) return null;
  const passage = { nodes: [...prefix, ...line.trainable], from, to: graph.outputs[0] as number, shape };
  const { values } = await forward(passage, examples, { batchSize, signal, breather });
  const validationOutputs = answers(values);
  return { validation: score(task, labels, validationOutputs, targets), validationOutputs };
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
