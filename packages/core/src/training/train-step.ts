import * as tf from '@tensorflow/tfjs-core';
import type { Target } from '../data/dataset.js';
import { matchesGlob } from '../freezing/glob.js';
import { execute } from '../model/execute.js';
import { withInnerLayers } from '../model/guards.js';
import type { NamedWeight } from '../model/stored-weights.js';
import { isStatistic, type TransferModel } from '../model/transfer-model.js';
import type { Phase } from '../recipe/recipe.js';
import type { Objective } from './objective.js';
import { clipByGlobalNorm, type Optimizer } from './optimizer.js';
import type { PhaseView } from './phase-view.js';

/** What stays the same over all steps of a phase. */
export interface StepContext {
  readonly model: TransferModel;
  readonly phase: Phase;
  readonly objective: Objective;
  readonly optimizer: Optimizer;
  /** Weights that may move, statistics of BatchNormalization included. */
  readonly movable: readonly NamedWeight[];
  readonly labelSmoothing: number;
  /** One factor a label, or null: all examples count the same. */
  readonly classWeights: readonly number[] | null;
}

/**
 * One step of the optimizer on one batch.
 *
 * @param inputs [batch, ...] as they enter the view; they stay the caller's
 * @param learningRate of this step, before the phase's factors for single layers
 * @returns the batch's mean loss before the step
 */
export function trainStep(
  context: StepContext,
  view: PhaseView,
  inputs: tf.Tensor,
  targets: readonly Target[],
  learningRate: number,
): number {
  const { model, phase, objective, optimizer, movable } = context;
  return tf.tidy(() => {
    const feeds = enter(view, inputs);
    const encoded = objective.encode(targets, context.labelSmoothing);
    const factors = exampleFactors(context.classWeights, targets);
    const loss = (): tf.Scalar => {
      const training = ({ name }: { name: string }) => !model.frozenLayers.has(name);
      const outputs = execute(view.line.trainable, feeds, objective.edge, training);
      const losses = objective.losses(outputs, encoded);
      const mean = tf.mean(factors ? tf.mul(losses, factors) : losses);
      return tf.addN([mean, ...penalties(model), ...headPenalties(context)]) as tf.Scalar;
    };
    const weights = movable.filter((named) => !isStatistic(named));
    const variables = weights.map(({ weight }) => weight.read() as tf.Variable);
    const { value, grads } = tf.variableGrads(loss, variables);
    const reached = weights.flatMap((named, index) => {
      const gradient = grads[(variables[index] as tf.Variable).name];
      return gradient ? [{ named, gradient }] : []; // a weight without gradient shows up as unmoved in the proof
    });
    const gradients = reached.map(({ gradient }) => gradient);
    const clipped = phase.clipNorm === null ? gradients : clipByGlobalNorm(gradients, phase.clipNorm);
    optimizer.step(
      reached.map(({ named }, index) => ({
        named,
        gradient: clipped[index] as tf.Tensor,
        learningRate: learningRate * rateFactor(phase, named.layer),
      })),
    );
    return value.dataSync<'float32'>()[0] as number;
  });
}

/** The values that the trainable part starts from. A frozen part that is not cached runs here, outside the tape. */
function enter({ prefix, line, from }: PhaseView, inputs: tf.Tensor): Map<number, tf.Tensor> {
  if (prefix.length === 0) return new Map([[from, inputs]]);
  return new Map([[line.edge, execute(prefix, new Map([[from, inputs]]), line.edge, () => false)]]);
}

function exampleFactors(
  classWeights: readonly number[] | null,
  targets: readonly Target[],
): tf.Tensor1D | null {
  return classWeights && tf.tensor1d(targets.map((target) => classWeights[target as number] as number));
}

/** Weight penalties (L1, L2) that the trained layers, and all inside them, bring with them. */
function penalties(model: TransferModel): tf.Scalar[] {
  const trained = model.graph.nodes.filter(({ name }) => !model.frozenLayers.has(name));
  const layers = trained.flatMap(({ layer }) => withInnerLayers(layer));
  // A wrapper repeats the penalties of what it wraps, a recurrent layer keeps silent about its cell's.
  return [...new Set(layers.flatMap((layer) => layer.losses))].map((penalty) => penalty());
}

/** The phase's own penalty on the kernels of new layers; biases stay free. */
function headPenalties({ model, movable, phase: { l2 } }: StepContext): tf.Scalar[] {
  if (l2 === 0) return [];
  const kernels = movable.filter(
    ({ layer, weight }) => !model.pretrainedLayers.has(layer) && weight.shape.length >= 2,
  );
  return kernels.map(({ weight }) => tf.mul(tf.sum(tf.square(weight.read())), l2 / 2));
}

function rateFactor(phase: Phase, layer: string): number {
  return phase.rates.find(({ layers }) => matchesGlob(layer, layers))?.scale ?? 1;
}
