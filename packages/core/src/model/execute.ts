import * as tf from '@tensorflow/tfjs-core';
import type { GraphNode } from './layer-graph.js';

/**
 * Runs some nodes of a graph on concrete tensors, node by node, and tells each layer whether it trains.
 * Keras's own way to say so (`training` in the call arguments) is ignored by TensorFlow.js's executor, which
 * passes one flag to every layer.
 *
 * @param nodes in the order of execution; every edge that they read is fed or made by an earlier one
 * @param feeds values by edge; they stay the caller's
 * @param fetch the edge to return
 * @param training whether a node's layer is in training mode
 * @returns a tensor that the caller disposes
 *
 * @example
 * const features = execute(part.nodes, new Map([[part.input, pixels]]), part.output, () => false);
 */
export function execute(
  nodes: readonly GraphNode[],
  feeds: ReadonlyMap<number, tf.Tensor>,
  fetch: number,
  training: (node: GraphNode) => boolean,
): tf.Tensor {
  return tf.tidy(() => {
    const values = new Map(feeds);
    const masks = new Map<number, tf.Tensor | null>();
    const lastReader = new Map(nodes.flatMap((node) => node.inputs.map((edge) => [edge, node] as const)));
    for (const node of nodes) {
      if (node.inputs.length > 0) runNode(node, values, masks, training(node));
      else if (!node.outputs.every((edge) => values.has(edge)))
        throw new Error(`Input "${node.name}" is not fed.`);
      for (const edge of new Set(node.inputs)) {
        // A gradient tape keeps clones of what it needs, so that this is safe in training too.
        if (lastReader.get(edge) === node && edge !== fetch && !feeds.has(edge)) release(values, edge);
      }
    }
    const value = values.get(fetch);
    if (!value) throw new Error(`Edge ${fetch} is not made by these nodes.`);
    return feeds.has(fetch) ? value.clone() : value;
  });
}

function runNode(
  { layer, inputs, outputs, callArgs }: GraphNode,
  values: Map<number, tf.Tensor>,
  masks: Map<number, tf.Tensor | null>,
  training: boolean,
): void {
  const inputValues = inputs.map((edge) => values.get(edge) as tf.Tensor);
  const inputMasks = inputs.map((edge) => masks.get(edge) ?? null);
  const [onlyValue] = inputValues;
  const single = inputValues.length === 1 && onlyValue !== undefined;
  const mask = single ? inputMasks[0] : inputMasks;
  const hasMask = inputMasks.some((each) => each !== null);
  const result = layer.apply(single ? onlyValue : inputValues, {
    ...callArgs,
    ...(hasMask ? { mask } : {}),
    training,
  });
  const results = (Array.isArray(result) ? result : [result]) as tf.Tensor[];
  const outputMask = layer.supportsMasking
    ? layer.computeMask(single ? onlyValue : inputValues, mask as tf.Tensor | tf.Tensor[])
    : null;
  outputs.forEach((edge, index) => {
    const value = results[index] as tf.Tensor;
    // A layer that hands its input through must not share it: each edge is disposed on its own.
    values.set(edge, inputValues.includes(value) ? value.clone() : value);
    const own = Array.isArray(outputMask) ? outputMask[index] : outputMask;
    masks.set(edge, own ?? null);
  });
}

function release(values: Map<number, tf.Tensor>, edge: number): void {
  values.get(edge)?.dispose();
  values.delete(edge);
}
