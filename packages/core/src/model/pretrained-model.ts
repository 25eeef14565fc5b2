import type * as tf from '@tensorflow/tfjs-core';
import type * as tfl from '@tensorflow/tfjs-layers';
import type { Task } from '../data/dataset.js';
import type { InputSpec } from '../data/input-spec.js';
import { GraftError } from '../errors.js';
import { boundedGraph, buildModel } from './build-model.js';
import { checkTopology } from './check-topology.js';
import { disposeModel } from './dispose-model.js';
import { type LayerGraph, layersOf } from './layer-graph.js';
import { type ModelMetadata, modelMetadataSchema } from './model-metadata.js';
import { size } from './multiply-adds.js';
import { decodeWeight, matchWeights, type StoredWeight, setWeight, splitWeights } from './stored-weights.js';

/** A complete model, with what is known of its input and output: enough to inspect, evaluate and predict. */
export interface LoadedModel {
  readonly name: string;
  readonly model: tfl.LayersModel;
  readonly graph: LayerGraph;
  /** null: unknown, or no picture. */
  readonly inputSpec: InputSpec | null;
  readonly labels: readonly string[] | null;
  readonly task: Task | null;
}

/** A model as someone else trained it. It never changes: `replaceHead` copies what it takes. */
export interface PretrainedModel extends LoadedModel {
  readonly featureLayer: string | null;
  /** The file's bytes of each layer's weights, in the order of `layer.weights`. */
  readonly stored: ReadonlyMap<string, readonly StoredWeight[]>;
  dispose(): void;
}

export interface LoadOptions {
  readonly name?: string;
  /** Wins over what the model file says of itself; `null` fields mean: not known. */
  readonly metadata?: Partial<ModelMetadata>;
}

/**
 * Loads a LayersModel from any IOHandler. The topology is checked before anything is built, and every weight
 * must be there with the right number of bytes.
 *
 * @returns a model that the caller disposes
 * @throws GraftError `model/*`
 *
 * @example
 * const pretrained = await loadPretrained(tf.io.http('model/model.json'), { name: 'cars' });
 */
export async function loadPretrained(
  source: tf.io.IOHandler,
  options: LoadOptions = {},
): Promise<PretrainedModel> {
  if (!source.load)
    throw new GraftError(
      'model/bad-source',
      'Expected an IOHandler that can load. Received one without load().',
    );
  const artifacts = await source.load();
  const stored = splitWeights(artifacts);
  const topology = checkTopology(artifacts.modelTopology);
  const model = await buildModel(
    topology,
    stored.reduce((sum, { spec }) => sum + size(spec.shape), 0),
  );
  try {
    const graph = boundedGraph(model);
    const matched = matchWeights(graph, stored);
    for (const [name, layer] of layersOf(graph)) writeWeights(layer, matched.get(name) ?? []);
    const metadata = { ...readMetadata(artifacts), ...options.metadata };
    return {
      name: options.name ?? metadata.name ?? model.name,
      model,
      graph,
      inputSpec: metadata.inputSpec ?? rescalingSpec(graph),
      labels: metadata.labels,
      task: metadata.task,
      featureLayer: metadata.featureLayer,
      stored: matched,
      dispose: () => disposeModel(model),
    };
  } catch (error) {
    disposeModel(model);
    throw error;
  }
}

function writeWeights(layer: tfl.layers.Layer, stored: readonly StoredWeight[]): void {
  layer.weights.forEach((weight, index) => {
    const tensor = decodeWeight(stored[index] as StoredWeight);
    setWeight(weight, tensor);
    tensor.dispose();
  });
}

function readMetadata(artifacts: tf.io.ModelArtifacts): ModelMetadata {
  const own = (artifacts.userDefinedMetadata as { graft?: unknown } | undefined)?.graft ?? {};
  const parsed = modelMetadataSchema.safeParse(own);
  if (parsed.success) return parsed.data;
  throw new GraftError(
    'model/bad-metadata',
    `Expected userDefinedMetadata.graft of the model to be valid. Received: ${parsed.error.issues[0]?.message} at ${parsed.error.issues[0]?.path.join('.')}.`,
  );
}

/**
 * The spec of a model that scales its own input: a Rescaling layer right after the input takes pixels of
 * 0..255. The layer stays in the model.
 */
function rescalingSpec(graph: LayerGraph): InputSpec | null {
  const first = graph.nodes.find((node) => node.inputs.some((edge) => graph.inputs.includes(edge)));
  const [, height, width, channels] = first?.inputShapes[0] ?? [];
  if (first?.layer.getClassName() !== 'Rescaling' || !height || !width || (channels !== 1 && channels !== 3))
    return null;
  return { width, height, channels, range: [0, 255], colorOrder: 'rgb', resize: 'stretch', mean: 0, std: 1 };
}
