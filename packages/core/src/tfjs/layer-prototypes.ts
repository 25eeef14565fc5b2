import * as tf from '@tensorflow/tfjs-core';

/** What a layer computes, as tfjs-layers calls it. */
type LayerCall<Layer> = (
  this: Layer,
  inputs: tf.Tensor | tf.Tensor[],
  kwargs: Record<string, unknown>,
) => tf.Tensor | tf.Tensor[];

const corrected = new WeakSet<object>();

/** Puts a corrected `call` in the place of the one of a layer class of tfjs-layers; once. */
export function correctLayerCall<Layer>(
  className: string,
  correct: (stock: LayerCall<Layer>) => LayerCall<Layer>,
): void {
  const [layerClass] = tf.serialization.SerializationMap.getMap().classNameMap[className] ?? [];
  if (layerClass === undefined || corrected.has(layerClass)) return;
  const prototype = layerClass.prototype as { call: LayerCall<Layer> };
  prototype.call = correct(prototype.call);
  corrected.add(layerClass);
}
