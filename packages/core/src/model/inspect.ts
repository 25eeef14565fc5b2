import type { InputSpec } from '../data/input-spec.js';
import { findCutPoints } from './cut-points.js';
import { type LayerGraph, layersOf, type Shape } from './layer-graph.js';
import { multiplyAdds, size } from './multiply-adds.js';
import type { LoadedModel } from './pretrained-model.js';

export interface LayerSummary {
  readonly name: string;
  readonly className: string;
  /** With the batch dimension first (null); of the first output. */
  readonly outputShape: Shape;
  /** Number of weight values, statistics included. */
  readonly parameters: number;
  readonly weights: readonly string[];
  /** For one example, all applications of a shared layer together; null where a size is unknown. */
  readonly multiplyAdds: number | null;
  readonly cutPoint: boolean;
}

export interface ModelSummary {
  readonly name: string;
  readonly parameters: number;
  readonly layers: readonly LayerSummary[];
  readonly cutPoints: readonly string[];
  readonly inputSpec: InputSpec | null;
  readonly inputShape: Shape;
  readonly outputShape: Shape;
}

/**
 * What is inside a model: its layers, their shapes and costs, and where it can be cut.
 *
 * @example
 * inspect(pretrained).cutPoints; // ['conv1', 'pool1', ..., 'fire9_concat', ...]
 */
export function inspect(loaded: LoadedModel): ModelSummary {
  const { graph } = loaded;
  const cutPoints = findCutPoints(graph).map((point) => point.name);
  const layers = summariseLayers(graph, new Set(cutPoints));
  return {
    name: loaded.name,
    parameters: layers.reduce((sum, layer) => sum + layer.parameters, 0),
    layers,
    cutPoints,
    inputSpec: loaded.inputSpec,
    inputShape: loaded.model.inputs[0]?.shape ?? [],
    outputShape: loaded.model.outputs[0]?.shape ?? [],
  };
}

function summariseLayers(graph: LayerGraph, cutPoints: ReadonlySet<string>): LayerSummary[] {
  return [...layersOf(graph)].map(([name, layer]) => {
    const nodes = graph.nodes.filter((node) => node.layer === layer);
    const costs = nodes.map(multiplyAdds);
    return {
      name,
      className: layer.getClassName(),
      outputShape: nodes[0]?.outputShapes[0] ?? [],
      parameters: layer.weights.reduce((sum, weight) => sum + size(weight.shape), 0),
      weights: layer.weights.map((weight) => weight.originalName),
      multiplyAdds: costs.some((cost) => cost === null)
        ? null
        : costs.reduce<number>((sum, cost) => sum + (cost ?? 0), 0),
      cutPoint: cutPoints.has(name),
    };
  });
}
