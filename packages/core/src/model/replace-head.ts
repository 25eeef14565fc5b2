import * as tfl from '@tensorflow/tfjs-layers';
import type { Task } from '../data/dataset.js';
import { GraftError } from '../errors.js';
import { supplyChainedOperations } from '../tfjs/chained-operations.js';
import { copyNodes } from './copy-graph.js';
import { type CutPoint, cutPointNamed, findCutPoints } from './cut-points.js';
import { disposeModel } from './dispose-model.js';
import { guardLayer, type RunMode } from './guards.js';
import { describePooling, type HeadBuilder } from './heads.js';
import { ancestors, type GraphNode, type Layer, type LayerGraph, readLayerGraph } from './layer-graph.js';
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
  // The head comes first: one that can't be built must not leave half a model behind.
  const head = options.head === 'keep' ? keptHead(graph, cut) : builtHead(options.head, cut);
  try {
    return joined(pretrained, cut, head, options);
  } finally {
    head.dispose();
  }
}

/** The layers behind the cut, as yet at another place. */
interface Head {
  readonly nodes: readonly GraphNode[];
  /** The edge that the features enter by. */
  readonly from: number;
  readonly to: number;
  readonly pretrained: boolean;
  dispose(): void;
}

/** Copies backbone and head into one model. */
function joined(
  pretrained: PretrainedModel,
  cut: CutPoint,
  head: Head,
  options: ReplaceHeadOptions,
): TransferModel {
  const backbone = ancestors(pretrained.graph, cut.edge);
  const input = inputOf(pretrained.graph, backbone);
  const mode: RunMode = { batchNorm: 'frozen', nextSeed: () => 0 };

  const taken = new Set<string>([input.name]);
  const source = input.outputShapes[0] ?? [];
  const inputSymbol = tfl.input({ batchShape: [...source], name: input.name, dtype: input.layer.dtype });
  const symbols = new Map([[input.outputs[0] as number, inputSymbol]]);
  const copies = new Map<Layer, Layer>();
  const kept = copyNodes(backbone, symbols, copies, taken, (layer) => guardLayer(layer, mode, true));
  const behind = new Map([[head.from, symbols.get(cut.edge) as tfl.SymbolicTensor]]);
  const headLayers = copyNodes(head.nodes, behind, copies, taken, (layer) =>
    guardLayer(layer, mode, head.pretrained),
  );

  const model = tfl.model({
    inputs: inputSymbol,
    outputs: behind.get(head.to) as tfl.SymbolicTensor,
    name: pretrained.name.replace(/[^\w.-]/g, '_'),
  });
  const flat = readLayerGraph(model);
  return {
    name: pretrained.name,
    model,
    graph: flat,
    inputSpec: pretrained.inputSpec,
    labels: options.labels,
    task: options.task,
    source: { name: pretrained.name, stored: pretrained.stored },
    cut: cut.name,
    pretrainedLayers: new Set([...kept, ...(head.pretrained ? headLayers : [])]),
    headLayers,
    pooling: !head.pretrained && headLayers.has('head_pool') ? describePooling(cut.shape) : null,
    initialHead: new Map(
      weightsOf(flat)
        .filter(({ layer }) => headLayers.has(layer) && !head.pretrained)
        .map(({ name, weight }) => [name, weight.read().dataSync<'float32'>().slice()]),
    ),
    mode,
    frozenLayers: new Set(),
    everTrainable: new Set(),
    dispose: () => disposeModel(model),
  };
}

/** The pretrained model's own layers behind the cut. */
function keptHead(graph: LayerGraph, cut: CutPoint): Head {
  const backbone = new Set(ancestors(graph, cut.edge));
  const to = outputBehind(graph, cut);
  const nodes = ancestors(graph, to).filter((node) => !backbone.has(node));
  const other = nodes.find((node) => node.inputs.length === 0);
  if (other) {
    throw new GraftError(
      'usage/bad-head',
      `Expected the layers behind "${cut.name}" to need its features alone. Received some that need the input "${other.name}" too.`,
      { hint: 'Put on a new head.', details: { cut: cut.name, input: other.name } },
    );
  }
  return { nodes, from: cut.edge, to, pretrained: true, dispose: () => {} };
}

/** New layers, built on a placeholder: their names may repeat those of the backbone. */
function builtHead(build: HeadBuilder, { shape }: CutPoint): Head {
  const placeholder = tfl.input({ batchShape: [...shape] });
  const model = tfl.model({ inputs: placeholder, outputs: build(placeholder) });
  const { nodes, inputs, outputs } = readLayerGraph(model);
  const [from] = inputs;
  const [to] = outputs;
  if (from === undefined || to === undefined || from === to || outputs.length > 1) {
    disposeModel(model);
    throw new GraftError(
      'usage/bad-head',
      'Expected a head of at least one layer with one output. Received another shape of network.',
    );
  }
  return { nodes, from, to, pretrained: false, dispose: () => disposeModel(model) };
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
