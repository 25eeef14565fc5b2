import { getBackend } from '@tensorflow/tfjs-core';
import { GraftError } from '../errors.js';
import type { FreezeLine } from '../freezing/freeze-line.js';
import type { NamedWeight } from '../model/stored-weights.js';
import { untrainableReason } from '../tfjs/untrainable.js';

/**
 * Refuses to train through a layer whose gradient the active backend gets wrong: a run that goes on quietly in
 * a wrong direction is worse than none. Layers below everything that trains carry no gradient and are fine.
 *
 * @throws GraftError `backend/untrainable-layer`, naming the layer and what to do instead
 */
export function refuseUntrainable({ trainable }: FreezeLine, movable: readonly NamedWeight[]): void {
  const trained = new Set(movable.map(({ layer }) => layer));
  const carriesGradient = new Set<number>();
  for (const { name, layer, inputs, outputs } of trainable) {
    if (!trained.has(name) && !inputs.some((edge) => carriesGradient.has(edge))) continue;
    for (const edge of outputs) carriesGradient.add(edge);
    const found = untrainableReason(layer.getClassName(), layer.getConfig(), getBackend());
    if (!found) continue;
    throw new GraftError(
      'backend/untrainable-layer',
      `Expected layers that the ${getBackend()} backend can train. Received "${name}" (${layer.getClassName()}): ${found.reason}.`,
      {
        hint: `Try this: ${found.alternative}.`,
        details: { layer: name, className: layer.getClassName(), ...found },
      },
    );
  }
}
