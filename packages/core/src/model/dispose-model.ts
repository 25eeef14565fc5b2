import type * as tf from '@tensorflow/tfjs-core';
import type * as tfl from '@tensorflow/tfjs-layers';
import { withInnerLayers } from './guards.js';
import type { Layer } from './layer-graph.js';

type Masks = tf.Tensor | tf.Tensor[] | null | undefined;

/**
 * Frees all that a model holds. TensorFlow.js's own `dispose` forgets the weights of a nested model that is applied
 * more than once, and the last dropout masks of recurrent cells.
 *
 * @example
 * disposeModel(model);
 */
export function disposeModel(model: tfl.LayersModel): void {
  const layers = model.layers.flatMap(withInnerLayers);
  const held = layers.flatMap((layer) => [
    ...layer.weights.map((weight) => weight.read()),
    ...dropoutMasks(layer),
  ]);
  model.dispose();
  for (const tensor of new Set(held)) if (!tensor.isDisposed) tensor.dispose();
}

function dropoutMasks(layer: Layer): tf.Tensor[] {
  const { dropoutMask, recurrentDropoutMask } = layer as {
    dropoutMask?: Masks;
    recurrentDropoutMask?: Masks;
  };
  return [dropoutMask ?? [], recurrentDropoutMask ?? []].flat();
}
