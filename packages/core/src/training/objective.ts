import * as tf from '@tensorflow/tfjs-core';
import type { Target, Task } from '../data/dataset.js';
import { GraftError } from '../errors.js';
import type { GraphNode, LayerGraph } from '../model/layer-graph.js';

/** Keras's epsilon: probabilities are kept this far from 0 and 1 before their logarithm is taken. */
const epsilon = 1e-7;

/** The loss that belongs to a model's output, and how targets are written for it. */
export interface Objective {
  /** The edge that the loss reads: the logits where there are any, else the output. */
  readonly edge: number;
  /** Columns of the model's output. */
  readonly units: number;
  /** @returns [examples, units], the caller's to dispose */
  encode(targets: readonly Target[], labelSmoothing?: number): tf.Tensor2D;
  /** Loss of each example, [examples]. `outputs` are the values on `edge`. */
  losses(outputs: tf.Tensor, targets: tf.Tensor2D): tf.Tensor1D;
}

/**
 * Chooses the loss by task and last activation: softmax cross-entropy, sigmoid cross-entropy (mean over the
 * labels), or squared error (mean over the columns); the same definitions as Keras.
 *
 * @throws GraftError `usage/bad-head` where output and task do not fit
 */
export function objectiveFor(graph: LayerGraph, task: Task, labels: readonly string[] | null): Objective {
  const [output] = graph.outputs;
  const last = graph.nodes.find((node) => node.outputs.includes(output as number));
  const units = last?.outputShapes[0]?.at(-1) ?? 0;
  if (output === undefined || !last || last.outputShapes[0]?.length !== 2)
    throw badHead('an output of one row per example', `[${last?.outputShapes[0]}]`);
  const activation = lastActivation(graph, last);
  const separate = isActivation(last);
  const edge = separate && activation !== 'linear' ? (last.inputs[0] as number) : output;
  const form = separate ? 'logits' : 'probabilities';

  if (task === 'regress') {
    return { edge: output, units, encode: (targets) => rows(targets, units), losses: squaredError };
  }
  const count = labels?.length ?? units;
  if (task === 'classify' && activation === 'softmax' && units === count) {
    return {
      edge,
      units,
      encode: (targets, smoothing = 0) => smooth(oneHot(targets, units), smoothing, units),
      losses: form === 'logits' ? softmaxCrossEntropy : categoricalCrossEntropy,
    };
  }
  const binary = task === 'classify' && units === 1 && count === 2;
  if (activation === 'sigmoid' && (binary || (task === 'multi-label' && units === count))) {
    return {
      edge,
      units,
      encode: (targets, smoothing = 0) => smooth(rows(targets, units), smoothing, 2),
      losses: form === 'logits' ? sigmoidCrossEntropy : binaryCrossEntropy,
    };
  }
  throw badHead(
    task === 'multi-label'
      ? `${count} sigmoid outputs for ${count} labels`
      : `${count} softmax outputs for ${count} labels (or one sigmoid for two)`,
    `${units} outputs with ${activation}`,
  );
}

function isActivation({ layer }: GraphNode): boolean {
  return ['Activation', 'Softmax'].includes(layer.getClassName());
}

/** The activation that the output has gone through last, seen through layers that only change its shape. */
function lastActivation(graph: LayerGraph, node: GraphNode): string {
  const { layer, inputs } = node;
  const className = layer.getClassName();
  if (className === 'Softmax') return 'softmax';
  if (className !== 'Reshape' && className !== 'Flatten')
    return String(layer.getConfig().activation ?? 'linear');
  const before = graph.nodes.find(({ outputs }) => outputs.includes(inputs[0] as number));
  return before ? lastActivation(graph, before) : 'linear';
}

function badHead(expected: string, received: string): GraftError {
  return new GraftError('usage/bad-head', `Expected ${expected}. Received ${received}.`);
}

function rows(targets: readonly Target[], units: number): tf.Tensor2D {
  return tf.tensor2d(
    targets.flatMap((target) => target as number),
    [targets.length, units],
    'float32',
  );
}

function oneHot(targets: readonly Target[], units: number): tf.Tensor2D {
  const values = new Float32Array(targets.length * units);
  targets.forEach((target, row) => {
    values[row * units + (target as number)] = 1;
  });
  return tf.tensor2d(values, [targets.length, units]);
}

/** Moves `smoothing` of each target evenly onto `classes` answers. */
function smooth(targets: tf.Tensor2D, smoothing: number, classes: number): tf.Tensor2D {
  if (smoothing === 0) return targets;
  const smoothed = tf.tidy(() => tf.add(tf.mul(targets, 1 - smoothing), smoothing / classes)) as tf.Tensor2D;
  targets.dispose();
  return smoothed;
}

function softmaxCrossEntropy(logits: tf.Tensor, targets: tf.Tensor2D): tf.Tensor1D {
  return tf.neg(tf.sum(tf.mul(targets, tf.logSoftmax(logits)), 1));
}

function categoricalCrossEntropy(probabilities: tf.Tensor, targets: tf.Tensor2D): tf.Tensor1D {
  const normalised = tf.div(probabilities, tf.sum(probabilities, 1, true));
  return tf.neg(tf.sum(tf.mul(targets, tf.log(tf.clipByValue(normalised, epsilon, 1 - epsilon))), 1));
}

/** `max(z, 0) - z * y + log(1 + exp(-|z|))`, which does not overflow. */
function sigmoidCrossEntropy(logits: tf.Tensor, targets: tf.Tensor2D): tf.Tensor1D {
  const loss = tf.add(
    tf.sub(tf.relu(logits), tf.mul(logits, targets)),
    tf.log1p(tf.exp(tf.neg(tf.abs(logits)))),
  );
  return tf.mean(loss, 1);
}

function binaryCrossEntropy(probabilities: tf.Tensor, targets: tf.Tensor2D): tf.Tensor1D {
  const p = tf.clipByValue(probabilities, epsilon, 1 - epsilon);
  const loss = tf.add(tf.mul(targets, tf.log(p)), tf.mul(tf.sub(1, targets), tf.log(tf.sub(1, p))));
  return tf.neg(tf.mean(loss, 1));
}

function squaredError(outputs: tf.Tensor, targets: tf.Tensor2D): tf.Tensor1D {
  return tf.mean(tf.square(tf.sub(outputs, targets)), 1);
}
