import type * as tf from '@tensorflow/tfjs-core';
import type * as tfl from '@tensorflow/tfjs-layers';
import { withInnerLayers } from './guards.js';
import type { GraphNode, Layer } from './layer-graph.js';
import { uniqueName } from './layer-graph.js';
import { setWeight } from './stored-weights.js';

type LayerClass = { fromConfig(layerClass: unknown, config: tf.serialization.ConfigDict): Layer };

/**
 * Applies copies of layers, under their flat names, to new symbolic tensors. The copies hold the same weight
 * values in variables of their own; layers that share weights in the original share them in the copy.
 *
 * @param nodes in the order of execution
 * @param symbols the symbolic tensor of each edge that is there already; the new ones are added
 * @param copies the copy of each layer that has one already; the new ones are added
 * @param taken names that may not be used; the new ones are added
 * @param prepare called with each copy before it is applied
 * @returns the names of the new copies, in the order of execution
 */
export function copyNodes(
  nodes: readonly GraphNode[],
  symbols: Map<number, tfl.SymbolicTensor>,
  copies: Map<Layer, Layer>,
  taken: Set<string>,
  prepare: (layer: Layer) => void,
): Set<string> {
  const names = new Set<string>();
  for (const node of nodes) {
    if (node.inputs.length === 0) continue; // input layers: their edges are in `symbols`
    const known = copies.get(node.layer);
    const copy = known ?? copyLayer(node.layer, uniqueName(node.name, taken));
    if (!known) {
      taken.add(copy.name);
      names.add(copy.name);
      copies.set(node.layer, copy);
      prepare(copy);
    }
    const inputs = node.inputs.map((edge) => symbols.get(edge) as tfl.SymbolicTensor);
    const [first] = inputs;
    const applied = copy.apply(inputs.length === 1 && first ? first : inputs, { ...node.callArgs });
    const outputs = (Array.isArray(applied) ? applied : [applied]) as tfl.SymbolicTensor[];
    node.outputs.forEach((edge, index) => {
      symbols.set(edge, outputs[index] as tfl.SymbolicTensor);
    });
    if (!known) copyWeights(node.layer, copy);
  }
  return names;
}

function copyLayer(layer: Layer, name: string): Layer {
  const config = structuredClone({ ...layer.getConfig(), name, trainable: true });
  const layerClass = layer.constructor as unknown as LayerClass;
  const copy = layerClass.fromConfig(layerClass, config);
  // The weights are written right after; recurrent cells would compute orthogonal matrices for nothing.
  for (const inner of withInnerLayers(copy)) inner.setFastWeightInitDuringBuild(true);
  return copy;
}

function copyWeights(from: Layer, to: Layer): void {
  to.weights.forEach((weight, index) => {
    const source = from.weights[index];
    if (!source) throw new Error(`Layer "${to.name}" lost a weight in the copy.`);
    setWeight(weight, source.read());
  });
}
