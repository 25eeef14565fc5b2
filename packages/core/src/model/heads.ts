import * as tfl from '@tensorflow/tfjs-layers';
import type { HeadSpec, Recipe } from '../recipe/recipe.js';
import type { Shape } from './layer-graph.js';

/**
 * Builds new layers on the features and returns their output. Names may repeat those of the backbone: they are
 * made unique afterwards.
 *
 * @example
 * const head: HeadBuilder = (features) =>
 *   tfl.layers.dense({ units: 3, activation: 'softmax' }).apply(tfl.layers.flatten().apply(features));
 */
export type HeadBuilder = (features: tfl.SymbolicTensor) => tfl.SymbolicTensor;

export interface HeadOutput {
  /** Width of the last layer. */
  readonly units: number;
  readonly activation: Recipe['output'];
  /** Seeds the new weights. */
  readonly seed: number;
}

/**
 * The layers that a head of the recipe stands for: pooling as the features need it, hidden layers with
 * dropout, and the output. Logits and the last activation are separate layers, so that the loss can be taken
 * from the logits.
 *
 * @example
 * standardHead({ kind: 'hidden', units: [64], dropout: 0.2 }, { units: 2, activation: 'softmax', seed: 1 });
 */
export function standardHead(spec: Exclude<HeadSpec, { kind: 'keep' }>, output: HeadOutput): HeadBuilder {
  const { units: hidden, dropout } = spec.kind === 'hidden' ? spec : { units: [], dropout: 0 };
  return (features) => {
    let x = features;
    for (const layer of poolingFor(features.shape)) x = layer.apply(x) as tfl.SymbolicTensor;
    hidden.forEach((units, index) => {
      const kernelInitializer = tfl.initializers.heUniform({ seed: output.seed + index + 1 });
      x = apply(
        tfl.layers.dense({ name: `head_hidden_${index + 1}`, units, activation: 'relu', kernelInitializer }),
        x,
      );
      if (dropout > 0) x = apply(tfl.layers.dropout({ name: `head_dropout_${index + 1}`, rate: dropout }), x);
    });
    // From zero: a linear head then holds nothing that its examples did not teach it.
    const kernelInitializer = hidden.length
      ? tfl.initializers.glorotUniform({ seed: output.seed })
      : tfl.initializers.zeros();
    if (output.activation === 'linear') {
      return apply(tfl.layers.dense({ name: 'head_output', units: output.units, kernelInitializer }), x);
    }
    x = apply(tfl.layers.dense({ name: 'head_logits', units: output.units, kernelInitializer }), x);
    return apply(tfl.layers.activation({ name: 'head_output', activation: output.activation }), x);
  };
}

/** Layers without weights that turn features of any shape into a vector: the average over space or time. */
function poolingFor(shape: Shape): tfl.layers.Layer[] {
  const name = 'head_pool';
  switch (shape.length) {
    case 2:
      return [];
    case 3:
      return [tfl.layers.globalAveragePooling1d({ name })];
    case 4:
      return [tfl.layers.globalAveragePooling2d({ name, dataFormat: 'channelsLast' })];
    default: {
      const channels = shape[shape.length - 1] as number;
      const targetShape = [-1, channels];
      return [
        tfl.layers.reshape({ name: 'head_rows', targetShape }),
        tfl.layers.globalAveragePooling1d({ name }),
      ];
    }
  }
}

/**
 * How a standard head pools features of this shape, in words; null where they are a vector already.
 *
 * @example
 * describePooling([null, 14, 14, 512]); // 'average over 14 x 14'
 */
export function describePooling(shape: Shape): string | null {
  const over = shape.slice(1, -1);
  return over.length === 0 ? null : `average over ${over.map((n) => n ?? 'all').join(' x ')}`;
}

function apply(layer: tfl.layers.Layer, x: tfl.SymbolicTensor): tfl.SymbolicTensor {
  return layer.apply(x) as tfl.SymbolicTensor;
}
