import { findCutPoints } from '../model/cut-points.js';
import { ancestors, type GraphNode } from '../model/layer-graph.js';
import { noiseOf } from '../model/noise.js';
import { weightsOf } from '../model/stored-weights.js';
import { canMove, type TransferModel } from '../model/transfer-model.js';

/** A transfer model seen from its freeze line: two views that share the model's weights. */
export interface FreezeLine {
  /** The last layer of the frozen part; null: the line is the input, nothing is frozen as a whole. */
  readonly name: string | null;
  /** The edge on the line: the features. */
  readonly edge: number;
  /** Shape of the features of one example, without the batch dimension. */
  readonly shape: readonly (number | null)[];
  readonly frozen: readonly GraphNode[];
  readonly trainable: readonly GraphNode[];
}

/**
 * Finds the last cut point at or below which nothing may change under the present freeze plan: no weight moves,
 * nothing is random. What lies below can run once, in inference mode, outside the gradient tape.
 *
 * @example
 * freeze(model, 'backbone');
 * freezeLine(model).name; // 'head_pool': pooling has no weights, so that the pooled features are cached
 */
export function freezeLine(model: TransferModel): FreezeLine {
  const { graph } = model;
  const [input] = graph.inputs;
  const [output] = graph.outputs;
  if (input === undefined || output === undefined)
    throw new Error('A transfer model has one input and one output.');
  const movable = new Set(weightsOf(graph).flatMap((named) => (canMove(model, named) ? [named.layer] : [])));
  const changes = (node: GraphNode) =>
    movable.has(node.name) || (!model.frozenLayers.has(node.name) && isRandom(node));

  const line = findCutPoints(graph).findLast(({ edge }) => {
    const below = ancestors(graph, edge);
    return edge !== output && !below.some(changes) && !below.some(makesMask);
  });
  const edge = line?.edge ?? input;
  const frozen = line ? ancestors(graph, edge) : [];
  const below = new Set(frozen);
  return {
    name: line?.name ?? null,
    edge,
    shape: (line?.shape ?? model.model.inputs[0]?.shape ?? []).slice(1),
    frozen,
    trainable: ancestors(graph, output).filter((node) => !below.has(node) && node.inputs.length > 0),
  };
}

/** In training mode the layer draws random numbers: what it gives cannot be computed once and kept. */
function isRandom({ layer }: GraphNode): boolean {
  return noiseOf(layer) !== null || hasRandomPart(layer.getConfig());
}

/** Recurrent layers name their dropout rates; wrappers hold the configuration of what they wrap. */
function hasRandomPart(config: unknown): boolean {
  if (typeof config !== 'object' || config === null) return false;
  return Object.entries(config).some(([key, value]) => {
    if (/^(recurrent)?dropout$/i.test(key) && typeof value === 'number' && value > 0) return true;
    if (key === 'className' && /Dropout$|^GaussianNoise$/.test(String(value))) return true;
    return hasRandomPart(value);
  });
}

/** Features do not carry a mask, so the line stays before the layer that makes one. */
function makesMask({ layer }: GraphNode): boolean {
  return layer.getClassName() === 'Masking' || (layer as { maskZero?: boolean }).maskZero === true;
}
