import { GraftError } from '../errors.js';
import { ancestors, type GraphNode, type LayerGraph } from './layer-graph.js';
import { nearest } from './near-misses.js';

/** A place where the network can be cut: one tensor, made by one layer, that every path runs through. */
export interface CutPoint {
  readonly name: string;
  /** The edge that leaves the layer: the features. */
  readonly edge: number;
  /** Position in the order of execution. */
  readonly position: number;
  /** Of the features, with the batch dimension. */
  readonly shape: readonly (number | null)[];
}

/**
 * The cut points in the order of execution: layers with one output that depends on exactly one input, and
 * that every path from this input to at least one output of the model passes. Input layers are none: a cut
 * there would keep nothing.
 */
export function findCutPoints(graph: LayerGraph): CutPoint[] {
  const byName = new Map<string, CutPoint>();
  for (const output of graph.outputs) {
    const path = ancestors(graph, output);
    for (const input of graph.inputs) {
      for (const node of unavoidable(path, input, output)) {
        const [edge] = node.outputs;
        const [shape] = node.outputShapes;
        if (edge === undefined || shape === undefined || node.outputs.length > 1 || byName.has(node.name))
          continue;
        if (inputsOf(graph, edge) !== 1) continue;
        byName.set(node.name, { name: node.name, edge, position: graph.nodes.indexOf(node), shape });
      }
    }
  }
  return [...byName.values()].sort((a, b) => a.position - b.position);
}

/** Nodes that every path from `input` to `output` passes: no edge jumps over their position. */
function unavoidable(path: readonly GraphNode[], input: number, output: number): GraphNode[] {
  const reached = new Set([input]);
  const touched = path.filter((node) => {
    const touches = node.inputs.some((edge) => reached.has(edge));
    if (touches) for (const edge of node.outputs) reached.add(edge);
    return touches;
  });
  const lastReader = new Map<number, number>([[output, touched.length]]);
  touched.forEach((node, position) => {
    for (const edge of node.inputs)
      if (reached.has(edge)) lastReader.set(edge, Math.max(position, lastReader.get(edge) ?? 0));
  });
  let farthest = lastReader.get(input) ?? 0; // the last reader of any edge made so far
  return touched.filter((node, position) => {
    const open = farthest > position;
    for (const edge of node.outputs) farthest = Math.max(farthest, lastReader.get(edge) ?? 0);
    return !open;
  });
}

function inputsOf(graph: LayerGraph, edge: number): number {
  const needed = new Set(ancestors(graph, edge).flatMap((node) => node.outputs));
  return graph.inputs.filter((input) => needed.has(input)).length;
}

/**
 * The cut point with this name.
 *
 * @throws GraftError `usage/unknown-layer`, or `usage/not-a-cut-point` with the nearest two that are
 */
export function cutPointNamed(graph: LayerGraph, cutPoints: readonly CutPoint[], name: string): CutPoint {
  const found = cutPoints.find((point) => point.name === name);
  if (found) return found;
  const position = graph.nodes.findIndex((node) => node.name === name);
  if (position < 0) {
    const similar = nearest(
      name,
      graph.nodes.map((node) => node.name),
    );
    throw new GraftError('usage/unknown-layer', `Expected the name of a layer. Received "${name}".`, {
      hint: `Try ${similar.map((s) => `"${s}"`).join(', ')}, or see all layers with inspect.`,
      details: { layer: name, similar },
    });
  }
  const before = cutPoints.findLast((point) => point.position < position)?.name ?? null;
  const after = cutPoints.find((point) => point.position > position)?.name ?? null;
  const near = [before, after].filter((point) => point !== null);
  throw new GraftError(
    'usage/not-a-cut-point',
    `Expected a cut point, a layer with one output that every path passes. Received "${name}", which another path bypasses.`,
    {
      hint: near.length ? `Try ${near.map((n) => `"${n}"`).join(' or ')}.` : 'This model has no cut point.',
      details: { layer: name, before, after },
    },
  );
}
