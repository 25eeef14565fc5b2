import * as tf from '@tensorflow/tfjs-core';
import type { Target } from '../data/dataset.js';
import { matchesGlob } from '../freezing/glob.js';
import { isStatistic } from '../model/transfer-model.js';
import type { Phase } from '../recipe/recipe.js';
import { batchGradients } from './gradients.js';
import { clipByGlobalNorm } from './optimizer.js';
import type { PhaseView } from './phase-view.js';
import type { StepContext } from './step-context.js';

/**
 * One step of the optimizer on one batch.
 *
 * @param inputs [batch, ...] as they enter the view; they stay the caller's
 * @param learningRate of this step, before the phase's factors for single layers
 * @returns the batch's mean loss before the step
 * @throws the reason of the breather's signal, if it is aborted half-way: then no weight has changed
 */
export async function trainStep(
  context: StepContext,
  view: PhaseView,
  inputs: tf.Tensor,
  targets: readonly Target[],
  learningRate: number,
): Promise<number> {
  const { phase, optimizer } = context;
  const weights = context.movable.filter((named) => !isStatistic(named));
  const variables = weights.map(({ weight }) => weight.read() as tf.Variable);
  const { loss, gradients: byName } = await batchGradients(context, view, variables, inputs, targets);
  tf.tidy(() => {
    const reached = weights.flatMap((named, index) => {
      const gradient = byName[(variables[index] as tf.Variable).name];
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
    tf.dispose(gradients);
  });
  return loss;
}

function rateFactor(phase: Phase, layer: string): number {
  return phase.rates.find(({ layers }) => matchesGlob(layer, layers))?.scale ?? 1;
}
