import * as tf from '@tensorflow/tfjs-core';
import type { Target } from '../data/dataset.js';
import { execute } from '../model/execute.js';
import { withInnerLayers } from '../model/guards.js';
import type { TransferModel } from '../model/transfer-model.js';
import type { PhaseView } from './phase-view.js';
import type { StepContext } from './step-context.js';

/**
 * What a step lowers: the mean loss of the examples, and the penalties on weights.
 *
 * @param inputs [examples, ...] as they enter the view. A frozen part that is not cached runs here and now, outside
 *   the tape
 * @returns computes the loss, with random masks of its own each time; its tensors are the caller's
 */
export function batchLoss(
  context: StepContext,
  view: PhaseView,
  inputs: tf.Tensor,
  targets: readonly Target[],
): () => tf.Scalar {
  const { model, objective } = context;
  const feeds = enter(view, inputs);
  const encoded = objective.encode(targets, context.labelSmoothing);
  const factors = exampleFactors(context.classWeights, targets);
  const training = ({ name }: { name: string }) => !model.frozenLayers.has(name);
  return () => {
    const outputs = execute(view.line.trainable, feeds, objective.edge, training);
    const losses = objective.losses(outputs, encoded);
    const mean = tf.mean(factors ? tf.mul(losses, factors) : losses);
    return tf.addN([mean, ...penalties(model), ...headPenalties(context)]) as tf.Scalar;
  };
}

/** The values that the trainable part starts from. */
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
