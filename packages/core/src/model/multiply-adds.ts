import type { GraphNode, Layer, Shape } from './layer-graph.js';

/**
 * Multiplications with a weight that one example costs in one application of a layer; null where a size is
 * only known at run time. Each weight of a convolution is used once for every output position, each weight of
 * a recurrent layer once for every time step; biases, BatchNormalization and activations are not counted.
 *
 * @example
 * multiplyAdds(node); // 3x3 convolution 16 -> 32 channels on 8 x 8: 9 * 16 * 32 * 64 = 294912
 */
export function multiplyAdds(node: GraphNode): number | null {
  const { layer } = node;
  const [output] = node.outputShapes;
  const [input] = node.inputShapes;
  const matrices = layer.weights.filter((weight) => weight.shape.length >= 2);
  const values = matrices.reduce((sum, weight) => sum + size(weight.shape.slice()), 0);
  if (values === 0 || output === undefined || input === undefined) return 0;
  const repeats = repeatsOf(layer, input, output);
  return repeats === null ? null : values * repeats;
}

/** How often each weight is used for one example; null: not known before run time. */
function repeatsOf(layer: Layer, input: Shape, output: Shape): number | null {
  const className = layer.getClassName();
  if (className === 'Embedding') return 0;
  if (className === 'TimeDistributed') {
    const inner = repeatsOf(
      (layer as unknown as { layer: Layer }).layer,
      input.toSpliced(1, 1),
      output.toSpliced(1, 1),
    );
    const steps = input[1] ?? null;
    return inner === null || steps === null ? null : inner * steps;
  }
  if (/^ConvLSTM/.test(className)) return product([input[1] ?? null, ...spatial(layer, output.slice(-4))]);
  if (/^Conv.*Transpose$/.test(className)) return product(spatial(layer, input));
  if (/Conv/.test(className)) return product(spatial(layer, output));
  if (/LSTM|GRU|RNN|Bidirectional/.test(className)) return product([input[1] ?? null]);
  if (className === 'Dense') return product(output.slice(1, -1));
  return 1;
}

/** The spatial sizes of a feature map, without batch and channels. */
function spatial(layer: Layer, shape: Shape): Shape {
  const channelsFirst = (layer as { dataFormat?: string }).dataFormat === 'channelsFirst';
  return channelsFirst ? shape.slice(2) : shape.slice(1, -1);
}

function product(sizes: Shape): number | null {
  return sizes.some((n) => n === null) ? null : size(sizes);
}

/** Number of values in a tensor of this shape; unknown dimensions count as 1. */
export function size(shape: Shape): number {
  return shape.reduce<number>((total, n) => total * (n ?? 1), 1);
}
