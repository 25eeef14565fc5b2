import * as tf from '@tensorflow/tfjs-core';
import type { ModelMetadata } from '../model/model-metadata.js';
import {
  bytesOf,
  type NamedWeight,
  type StoredWeight,
  valueBytes,
  weightsOf,
} from '../model/stored-weights.js';
import type { TransferModel } from '../model/transfer-model.js';

/**
 * A transfer model as TensorFlow.js stores models. A weight that still has the values of the source is written
 * with the source's own bytes, quantised or not, so that it comes back bit-identical and no bigger.
 *
 * @example
 * await save(model, tf.io.withSaveHandler(async (artifacts) => keep(artifacts)));
 */
export async function save(model: TransferModel, handler: tf.io.IOHandler): Promise<tf.io.SaveResult> {
  if (!handler.save) throw new Error('Expected an IOHandler that can save.');
  return handler.save(toArtifacts(model));
}

function toArtifacts(model: TransferModel): tf.io.ModelArtifacts {
  const weights = weightsOf(model.graph).map((named) => ({ named, stored: storedForm(model, named) }));
  const metadata: ModelMetadata = {
    name: model.name,
    inputSpec: model.inputSpec,
    labels: model.labels,
    featureLayer: model.cut,
    task: model.task,
  };
  return {
    format: 'layers-model',
    generatedBy: 'graft',
    modelTopology: model.model.toJSON(null, false) as object,
    weightSpecs: weights.map(({ named, stored }) => ({ ...stored.spec, name: named.name })),
    weightData: tf.io.concatenateArrayBuffers(weights.map(({ stored }) => ownBuffer(stored.bytes))),
    userDefinedMetadata: { graft: metadata },
  };
}

function storedForm(model: TransferModel, named: NamedWeight): StoredWeight {
  const values = named.weight.read();
  const bytes = bytesOf(values);
  const source = sourceOf(model, named);
  if (source && bytesEqual(valueBytes(source), bytes)) return source;
  return { spec: { name: named.name, shape: values.shape, dtype: values.dtype as 'float32' }, bytes };
}

/** The source's stored form of a weight; null for weights of a new head. */
export function sourceOf(model: TransferModel, { layer, index }: NamedWeight): StoredWeight | null {
  if (!model.pretrainedLayers.has(layer)) return null;
  return model.source.stored.get(layer)?.[index] ?? null;
}

function bytesEqual(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  for (let index = 0; index < a.length; index++) if (a[index] !== b[index]) return false;
  return true;
}

function ownBuffer(bytes: Uint8Array): ArrayBuffer {
  return bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) as ArrayBuffer;
}
