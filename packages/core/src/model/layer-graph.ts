import type * as tfl from '@tensorflow/tfjs-layers';
import { badTopology, mostLayers } from './bad-topology.js';

export type Layer = tfl.layers.Layer;
export type Shape = readonly (number | null)[];

/** One application of a layer. A layer that is shared appears in several nodes. */
export interface GraphNode {
  /** The layer's name as `inspect` prints it; inside nested models `outer/inner`. */
  readonly name: string;
  readonly layer: Layer;
  /** Edges by number; an edge is one symbolic tensor. */
  readonly inputs: readonly number[];
  readonly outputs: readonly number[];
  readonly callArgs: Readonly<Record<string, unknown>>;
  readonly inputShapes: readonly Shape[];
  readonly outputShapes: readonly Shape[];
}

/** A model as a flat list of layer applications in the order of execution; nested models are opened up. */
export interface LayerGraph {
  readonly nodes: readonly GraphNode[];
  /** The edges that enter and leave the model. */
  readonly inputs: readonly number[];
  readonly outputs: readonly number[];
}

/** A nested model: its `call` hides the layers inside, so the graph opens it. */
type Container = Layer & { inputs: tfl.SymbolicTensor[]; outputs: tfl.SymbolicTensor[] };

function isContainer(layer: Layer): layer is Container {
  return Array.isArray((layer as { layers?: unknown }).layers) && Array.isArray((layer as Container).outputs);
}

/** The scope of one application of a (nested) model: its symbolic tensors, and the edges that they stand for. */
interface Scope {
  readonly prefix: string;
  readonly edges: Map<tfl.SymbolicTensor, number>;
}

/**
 * Reads a LayersModel, Sequential or functional, into a flat graph. Nothing is copied: nodes point at the
 * model's own layers.
 *
 * @example
 * readLayerGraph(model).nodes.map((node) => node.name); // ['input', 'conv1', 'block/conv', ...]
 */
export function readLayerGraph(model: tfl.LayersModel): LayerGraph {
  const nodes: GraphNode[] = [];
  const names = new LayerNames();
  let edgeCount = 0;

  const resolve = (tensor: tfl.SymbolicTensor, scope: Scope): number => {
    const known = scope.edges.get(tensor);
    if (known !== undefined) return known;
    const layer = tensor.sourceLayer;
    const application = layer.inboundNodes[tensor.nodeIndex ?? 0];
    if (!application) throw new Error(`Layer "${layer.name}" was never applied.`);
    const isInput = layer.getClassName() === 'InputLayer'; // its application names itself as its input
    const inputs = isInput ? [] : application.inputTensors.map((input) => resolve(input, scope));
    const outputs = isContainer(layer)
      ? enter(layer, inputs, `${scope.prefix}${layer.name}/`)
      : application.outputTensors.map(() => edgeCount++);
    if (!isContainer(layer)) {
      if (nodes.length === mostLayers) throw badTopology(`at most ${mostLayers} layers, opened up`, 'more');
      nodes.push({
        name: names.of(layer, `${scope.prefix}${layer.name}`),
        layer,
        inputs,
        outputs,
        callArgs: application.callArgs ?? {},
        inputShapes: application.inputTensors.map((input) => input.shape),
        outputShapes: application.outputTensors.map((output) => output.shape),
      });
    }
    application.outputTensors.forEach((output, index) => {
      scope.edges.set(output, outputs[index] as number);
    });
    return scope.edges.get(tensor) as number;
  };

  const enter = (container: Container, inputs: readonly number[], prefix: string): number[] => {
    const scope: Scope = { prefix, edges: new Map() };
    container.inputs.forEach((input, index) => {
      scope.edges.set(input, inputs[index] as number);
    });
    return container.outputs.map((output) => resolve(output, scope));
  };

  const root: Scope = { prefix: '', edges: new Map() };
  const inputs = model.inputs.map((input) => resolve(input, root));
  const outputs = model.outputs.map((output) => resolve(output, root));
  return { nodes, inputs, outputs };
}

/** Every layer keeps one name, and no two layers share one. */
class LayerNames {
  readonly #byLayer = new Map<Layer, string>();
  readonly #taken = new Set<string>();

  of(layer: Layer, wish: string): string {
    const known = this.#byLayer.get(layer);
    if (known !== undefined) return known;
    const name = uniqueName(wish, this.#taken);
    this.#byLayer.set(layer, name);
    this.#taken.add(name);
    return name;
  }
}

/** `wish`, or `wish_2`, `wish_3` ... where that is taken. */
export function uniqueName(wish: string, taken: ReadonlySet<string>): string {
  let name = wish;
  for (let count = 2; taken.has(name); count++) name = `${wish}_${count}`;
  return name;
}

/** The layers of a graph, each once, in the order of execution. */
export function layersOf(graph: LayerGraph): Map<string, Layer> {
  return new Map(graph.nodes.map((node) => [node.name, node.layer]));
}

/** The nodes that `edge` depends on, in the order of execution; the node that makes it comes last. */
export function ancestors(graph: LayerGraph, edge: number): GraphNode[] {
  const wanted = new Set([edge]);
  const kept: GraphNode[] = [];
  for (const node of [...graph.nodes].reverse()) {
    if (!node.outputs.some((output) => wanted.has(output))) continue;
    for (const input of node.inputs) wanted.add(input);
    kept.push(node);
  }
  return kept.reverse();
}
