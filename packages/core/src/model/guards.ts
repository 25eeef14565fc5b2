import * as tf from '@tensorflow/tfjs-core';
import { normalizeByBatch } from './batch-norm.js';
import type { Layer } from './layer-graph.js';
import { type Noise, noiseOf } from './noise.js';

/** What the layers of one transfer model look at while they run in training mode. */
export interface RunMode {
  /** Whether BatchNormalization layers that came with the backbone use and move batch statistics. */
  batchNorm: 'frozen' | 'train';
  /** The seed of the next random mask; each call gives another one. */
  nextSeed: () => number;
}

type LayerCall = Layer['call'];
type Guarded = Layer & { call: LayerCall };

/**
 * Puts a layer of ours, and every layer inside it (wrappers, recurrent cells, nested models), under the rules
 * that TensorFlow.js does not keep: BatchNormalization trains only where the phase says so, and every random
 * mask comes from the run's seed. Only this one instance changes, never the class.
 *
 * @param pretrained whether the layer came with the backbone
 */
export function guardLayer(layer: Layer, mode: RunMode, pretrained: boolean): void {
  for (const inner of innerLayers(layer)) guardLayer(inner, mode, pretrained);
  const className = layer.getClassName();
  if (className === 'BatchNormalization') guardBatchNorm(layer, mode, pretrained);
  const noise = noiseOf(layer);
  if (noise) guardNoise(layer, mode, noise);
  if ('recurrentDropout' in layer && !('cell' in layer)) guardCell(layer, mode);
}

/** The layers that a wrapper, a recurrent layer or a nested model holds. */
function innerLayers(layer: Layer): Layer[] {
  const holder = layer as {
    layer?: Layer;
    forwardLayer?: Layer;
    backwardLayer?: Layer;
    cell?: Layer;
    cells?: Layer[];
    layers?: Layer[];
  };
  const { forwardLayer, backwardLayer, cell, cells = [], layers = [] } = holder;
  const wrapped = forwardLayer ? [] : [holder.layer];
  return [...wrapped, forwardLayer, backwardLayer, cell, ...cells, ...layers].filter(
    (inner) => inner !== undefined,
  );
}

/** A layer and all that it holds, however deep. */
export function withInnerLayers(layer: Layer): Layer[] {
  return [layer, ...innerLayers(layer).flatMap(withInnerLayers)];
}

function guardBatchNorm(layer: Layer, mode: RunMode, pretrained: boolean): void {
  const infer = layer.call.bind(layer);
  (layer as Guarded).call = (inputs, kwargs) => {
    const byBatch = kwargs.training === true && (!pretrained || mode.batchNorm === 'train');
    return byBatch ? normalizeByBatch(layer, first(inputs)) : infer(inputs, { ...kwargs, training: false });
  };
}

function guardNoise(layer: Layer, mode: RunMode, noise: Noise): void {
  (layer as Guarded).call = (inputs, kwargs) => {
    const input = first(inputs);
    return kwargs.training === true ? tf.tidy(() => noise(input, mode.nextSeed())) : input;
  };
}

/** Recurrent cells draw their masks by a function that can be given. */
function guardCell(cell: Layer, mode: RunMode): void {
  (cell as Layer & { dropoutFunc: (x: tf.Tensor, rate: number) => tf.Tensor }).dropoutFunc = (x, rate) =>
    tf.dropout(x, rate, undefined, mode.nextSeed());
}

function first(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
  return Array.isArray(inputs) ? (inputs[0] as tf.Tensor) : inputs;
}
