import type { GraphNode, Shape } from '../model/layer-graph.js';
import { multiplyAdds, size } from '../model/multiply-adds.js';

/** To compute one value of a layer's output takes as long as so many multiply-adds: reading, writing, activation. */
const perValue = 150;

/** Forward and backward, in forward passes. */
const perStep = 10;

/**
 * How long one example takes, in multiply-adds of a forward pass; about 0.035 ns each on the wasm backend in one
 * thread. Fitted there to SqueezeNet, a MobileNet and parts of them, whose times it meets within a third; small
 * networks take up to twice as long as it says. A rough size is enough, and it depends on nothing but the shapes.
 *
 * @param frozen nodes that run forward, before `trained`
 * @param trained nodes that run forward and backward
 * @param from the edge that examples enter by
 * @param shape of one example on it; no dimension is unknown
 *
 * @example
 * workOf(passage.nodes, [], passage.from, [227, 227, 3]); // 9.6e8 for SqueezeNet
 */
export function workOf(
  frozen: readonly GraphNode[],
  trained: readonly GraphNode[],
  from: number,
  shape: readonly number[],
): number {
  const shapes = new Map<number, Shape>([[from, [null, ...shape]]]);
  const forward = (nodes: readonly GraphNode[]) =>
    nodes.reduce((work, node) => work + workOfNode(node, shapes), 0);
  return forward(frozen) + perStep * forward(trained);
}

/** Follows the shapes as they really are: a model may leave the size of a picture or the number of steps open. */
function workOfNode(node: GraphNode, shapes: Map<number, Shape>): number {
  if (node.inputs.length === 0) return 0;
  const inputShapes = node.inputs.map((edge) => shapes.get(edge) as Shape);
  const asked = inputShapes.map((shape) => [...shape]);
  const given = node.layer.computeOutputShape(asked.length === 1 ? (asked[0] as (number | null)[]) : asked);
  const outputShapes = (Array.isArray(given[0]) ? given : [given]) as Shape[];
  node.outputs.forEach((edge, index) => {
    shapes.set(edge, outputShapes[index] as Shape);
  });
  const values = outputShapes.reduce((sum, shape) => sum + size(shape), 0);
  return (multiplyAdds({ ...node, inputShapes, outputShapes }) ?? 0) + perValue * values;
}
