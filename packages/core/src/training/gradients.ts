import * as tf from '@tensorflow/tfjs-core';
import type { Target } from '../data/dataset.js';
import { batchLoss } from './batch-loss.js';
import type { PhaseView } from './phase-view.js';
import { pick, piecesOf } from './pieces.js';
import type { StepContext } from './step-context.js';

/** A batch's mean loss, and its gradients by the variables' names; a variable that it does not depend on has none. */
export type BatchGradients = {
  readonly loss: number;
  readonly gradients: Readonly<tf.NamedTensorMap>;
};

/**
 * Loss and gradients of a batch, piece by piece, with a breath between two pieces: the mean of the pieces' own,
 * weighted by their numbers of examples. A penalty on weights is in the loss of each piece, and so counts once.
 * Memory holds the activations of one piece.
 *
 * @param variables that are free to move by gradient
 * @param inputs [batch, ...] as they enter the view; they stay the caller's
 * @returns the gradients are the caller's to dispose
 * @throws the reason of the breather's signal, if it is aborted between two pieces
 *
 * @example
 * const { loss, gradients } = await batchGradients(context, view, variables, inputs, targets);
 */
export async function batchGradients(
  context: StepContext,
  view: PhaseView,
  variables: tf.Variable[],
  inputs: tf.Tensor,
  targets: readonly Target[],
): Promise<BatchGradients> {
  let sum: BatchGradients = { loss: 0, gradients: {} };
  try {
    for (const piece of piecesOf(targets.length, context.pieceSize(inputs.shape))) {
      if (piece.begin > 0) await context.breather.breathe();
      const before = sum;
      sum = tf.tidy(() => {
        const targetsOfPiece = targets.slice(piece.begin, piece.end);
        const loss = batchLoss(context, view, pick(inputs, piece), targetsOfPiece);
        return plusPiece(before, loss, variables, targetsOfPiece.length / targets.length);
      });
      tf.dispose(before.gradients);
    }
    return sum;
  } catch (error) {
    tf.dispose(sum.gradients);
    throw error;
  }
}

/** @param share of the batch's examples that are in the piece */
function plusPiece(
  before: BatchGradients,
  lossOfPiece: () => tf.Scalar,
  variables: tf.Variable[],
  share: number,
): BatchGradients {
  const { value, grads } = tf.variableGrads(lossOfPiece, variables);
  const gradients: tf.NamedTensorMap = {};
  for (const name of new Set([...Object.keys(before.gradients), ...Object.keys(grads)])) {
    const [sum, gradient] = [before.gradients[name], grads[name]];
    const part = gradient && share !== 1 ? tf.mul(gradient, share) : gradient;
    if (sum && part) gradients[name] = tf.add(sum, part);
    else if (part) gradients[name] = part;
    else if (sum) gradients[name] = sum.clone();
    // neither: the loss does not depend on it, for which `variableGrads` gives null
  }
  return { loss: before.loss + share * (value.dataSync<'float32'>()[0] as number), gradients };
}
