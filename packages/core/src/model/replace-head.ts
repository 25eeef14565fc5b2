import * as tfl from '@tensorflow/tfjs-layers';
import type { Task } from '../data/dataset.js';
import { GraftError } from '../errors.js';
import { guardLayer, type RunMode } from '../freezing/guards.js';
import { supplyChainedOperations } from '../tfjs/chained-operations.js';
import { copyNodes } from './copy-graph.js';
import { type CutPoint, cutPointNamed, findCutPoints } from './cut-points.js';
import { disposeModel } from './dispose-model.js';
import { describePooling, type HeadBuilder } from './heads.js';
import { ancestors, type GraphNode, type LayerGraph, readLayerGraph } from './layer-graph.js';
import type { PretrainedModel } from './pretrained-model.js';
import { weightsOf } from './stored-weights.js';
import type { TransferModel } from './transfer-model.js';

export interface ReplaceHeadOptions {
  /** The layer to keep as the last of the backbone; see `defaultCut` and `cutBefore`. */
  readonly cut: string;
  /** New layers on the features, or `keep`: the pretrained model's own layers behind the cut. */
  readonly head: HeadBuilder | 'keep';
  readonly labels: readonly string[] | null;
  readonly task: Task;
}

/**
 * Cuts a pretrained model at a cut point and puts a head on what is kept. The result is one complete model with
 * weights of its own: the pretrained model is only read. Nothing is frozen yet.
 *
 * @returns a model that the caller disposes
 * @throws GraftError `usage/unknown-layer`, `usage/not-a-cut-point`, `usage/bad-head`
 *
 * @example
 * const model = replaceHead(pretrained, { cut: 'fire9_concat', head, labels: ['car', 'truck'], task: 'classify' });
 */
export function replaceHead(pretrained: PretrainedModel, options: ReplaceHeadOptions): TransferModel {
  supplyChainedOperations();
  const { graph } = pretrained;
  const cut = cutPointNamed(graph, findCutPoints(graph), options.cut);
  const backbone = ancestors(graph, cut.edge);
  const input = inputOf(graph, backbone);
  const mode: RunMode = { batchNorm: 'frozen', nextSeed: () => 0 };

  const taken = new Set<string>([input.name]);
  const source = input.outputShapes[0] ?? [];
  const inputSymbol = tfl.input({ batchShape: [...source], name: input.name, dtype: input.layer.dtype });
  const symbols = new Map([[input.outputs[0] as number, inputSymbol]]);
  const kept = copyNodes(backbone, symbols, taken, (layer) => guardLayer(layer, mode, true));
  const features = symbols.get(cut.edge) as tfl.SymbolicTensor;
  const copied = copyHead(options.head, pretrained, cut, features, symbols, taken, mode);

  const model = tfl.model({
    inputs: inputSymbol,
    outputs: copied.output,
    name: pretrained.name.replace(/[^\w.-]/g, '_'),
  });
  const flat = readLayerGraph(model);
  const headLayers = new Set(copied.layers.keys());
  return {
    name: pretrained.name,
    model,
    graph: flat,
    inputSpec: pretrained.inputSpec,
    labels: options.labels,
    task: options.task,
    source: { name: pretrained.name, stored: pretrained.stored },
    cut: cut.name,
    pretrainedLayers: new Set([...kept.keys(), ...(options.head === 'keep' ? headLayers : [])]),
    headLayers,
    pooling: copied.pools ? describePooling(cut.shape) : null,
    initialHead: new Map(
      weightsOf(flat)
        .filter(({ layer }) => headLayers.has(layer) && options.head !== 'keep')
        .map(({ name, weight }) => [name, weight.read().dataSync<'float32'>().slice()]),
    ),
    mode,
    frozenLayers: new Set(),
    everTrainable: new Set(),
    dispose: () => disposeModel(model),
  };
}

interface CopiedHead {
  readonly output: tfl.SymbolicTensor;
  readonly layers: ReadonlyMap<string, tfl.layers.Layer>;
  readonly pools: boolean;
}

/** Applies copies of the head's layers to the features. */
function copyHead(
  head: HeadBuilder | 'keep',
  pretrained: PretrainedModel,
  cut: CutPoint,
  features: tfl.SymbolicTensor,
  symbols: Map<number, tfl.SymbolicTensor>,
  taken: Set<string>,
  mode: RunMode,
): CopiedHead {
  if (head === 'keep') {
    const output = outputBehind(pretrained.graph, cut);
    const backbone = new Set(ancestors(pretrained.graph, cut.edge));
    const nodes = ancestors(pretrained.graph, output).filter((node) => !backbone.has(node));
    const layers = copyNodes(nodes, symbols, taken, (layer) => guardLayer(layer, mode, true));
    return { output: symbols.get(output) as tfl.SymbolicTensor, layers, pools: false };
  }
  // Built on a placeholder first: the names of the new layers may repeat those of the backbone.
  const placeholder = tfl.input({ batchShape: [...features.shape], dtype: features.dtype });
  const built = tfl.model({ inputs: placeholder, outputs: head(placeholder) });
  try {
    const graph = readLayerGraph(built);
    const [input] = graph.inputs;
    const [output] = graph.outputs;
    if (input === undefined || output === undefined || output === input || graph.outputs.length > 1) {
      throw new GraftError(
        'usage/bad-head',
        'Expected a head of at least one layer with one output. Received another shape of network.',
      );
    }
    const headSymbols = new Map([[input, features]]);
    const layers = copyNodes(graph.nodes, headSymbols, taken, (layer) => guardLayer(layer, mode, false));
    return { output: headSymbols.get(output) as tfl.SymbolicTensor, layers, pools: layers.has('head_pool') };
  } finally {
    disposeModel(built);
  }
}

function inputOf(graph: LayerGraph, backbone: readonly GraphNode[]): GraphNode {
  const inputs = backbone.filter(
    (node) => node.inputs.length === 0 && node.outputs.some((edge) => graph.inputs.includes(edge)),
  );
  const [input] = inputs;
  if (!input || inputs.length > 1) throw new Error('A cut point depends on exactly one input.');
  return input;
}

/** The first output of the model that lies behind the cut. */
function outputBehind(graph: LayerGraph, cut: CutPoint): number {
  const output = graph.outputs.find((edge) =>
    ancestors(graph, edge).some((node) => node.outputs.includes(cut.edge)),
  );
  if (output === undefined) throw new Error(`No output lies behind "${cut.name}".`);
  return output;
}

/**
 * The cut point before the last `remove` layers with weights; 0 counts as 1, for a kept head.
 *
 * @throws GraftError `usage/nothing-left`
 *
 * @example
 * cutBefore(pretrained, 1); // everything but the last layer with weights and what follows it
 */
export function cutBefore(pretrained: PretrainedModel, remove: number): string {
  const { graph } = pretrained;
  const weighted = [
    ...new Set(graph.nodes.filter((node) => node.layer.weights.length > 0).map((node) => node.layer)),
  ];
  const layer = weighted.at(-Math.max(1, remove));
  const position = layer ? graph.nodes.findIndex((node) => node.layer === layer) : -1;
  const cut = findCutPoints(graph).findLast((point) => point.position < position);
  if (cut) return cut.name;
  throw new GraftError(
    'usage/nothing-left',
    `Expected to keep at least one layer. Received --remove ${remove} for a model with ${weighted.length} layers with weights.`,
    { hint: 'Remove fewer layers.', details: { remove, layersWithWeights: weighted.length } },
  );
}

/** Where to cut if nothing is asked: the feature layer of a known base, else before the last layer with weights. */
export function defaultCut(pretrained: PretrainedModel): string {
  const { featureLayer, graph } = pretrained;
  if (featureLayer !== null) return cutPointNamed(graph, findCutPoints(graph), featureLayer).name;
  return cutBefore(pretrained, 1);
}
