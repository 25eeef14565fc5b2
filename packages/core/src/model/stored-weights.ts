import * as tf from '@tensorflow/tfjs-core';
import { GraftError } from '../errors.js';
import type { Layer, LayerGraph } from './layer-graph.js';
import { layersOf } from './layer-graph.js';
import { size } from './multiply-adds.js';

/** One weight as a file stores it: its manifest entry, and its bytes, perhaps quantised. */
export interface StoredWeight {
  readonly spec: tf.io.WeightsManifestEntry;
  readonly bytes: Uint8Array;
}

/** The type of a layer's weights; `read` hands out the variable itself. */
export type LayerWeight = Layer['weights'][number];

/** A weight of a graph, with the layer that it belongs to. */
export interface NamedWeight {
  /** As saved: unique in a transfer model, for example `conv1/kernel`. */
  readonly name: string;
  readonly layer: string;
  /** Position among the layer's weights. */
  readonly index: number;
  readonly weight: LayerWeight;
}

const bytesPerValue: Readonly<Record<string, number>> = {
  float32: 4,
  int32: 4,
  bool: 1,
  float16: 2,
  uint8: 1,
  uint16: 2,
};

/** The weights of a graph in model order: layers in the order of execution, each layer once. */
export function weightsOf(graph: LayerGraph): NamedWeight[] {
  return [...layersOf(graph)].flatMap(([layer, { weights }]) =>
    weights.map((weight, index) => ({ name: weight.originalName, layer, index, weight })),
  );
}

/** Gives a weight these very values. `LayerVariable.write` would pass them through the layer's constraint. */
export function setWeight(weight: LayerWeight, value: tf.Tensor): void {
  (weight.read() as tf.Variable).assign(value);
}

/**
 * Cuts the bytes of a model file into its weights.
 *
 * @throws GraftError `model/bad-weights` where declared and present bytes differ
 */
export function splitWeights(artifacts: tf.io.ModelArtifacts): StoredWeight[] {
  const all: readonly unknown[] = artifacts.weightSpecs ?? [];
  if (!Array.isArray(all) || !all.every(isSpec)) {
    throw badWeights('each weight to have a name, a shape and a type', 'something else');
  }
  const specs = all.filter((spec) => spec.group !== 'optimizer');
  const data = new Uint8Array(tf.io.CompositeArrayBuffer.join(artifacts.weightData));
  let offset = 0;
  const stored = specs.map((spec) => {
    const length = storedBytes(spec);
    if (offset + length > data.length) {
      throw badWeights(
        `weight "${spec.name}" to have ${length} bytes`,
        `${data.length - offset} more in the file`,
      );
    }
    const bytes = data.subarray(offset, offset + length);
    offset += length;
    return { spec, bytes };
  });
  const hasOptimizer = stored.length < all.length;
  if (offset !== data.length && !hasOptimizer) {
    throw badWeights(`${offset} bytes of weights, as the model declares`, `${data.length}`);
  }
  return stored;
}

/** What a file says of a weight, from whatever handler: only its shape of data is certain after this. */
function isSpec(spec: unknown): spec is tf.io.WeightsManifestEntry {
  const { name, shape, dtype, quantization } = (spec ?? {}) as Partial<Record<string, unknown>>;
  const { min = 0, scale = 0 } = (quantization ?? {}) as Partial<Record<string, unknown>>;
  const isPlain = typeof name === 'string' && typeof dtype === 'string' && Array.isArray(shape);
  return isPlain && quantization !== null && Number.isFinite(min) && Number.isFinite(scale);
}

function storedBytes({ name, shape, dtype, quantization }: tf.io.WeightsManifestEntry): number {
  const each = bytesPerValue[quantization?.dtype ?? dtype];
  if (each === undefined || !(dtype in bytesPerValue)) {
    throw badWeights(`weight "${name}" to hold numbers (float32, int32, bool)`, `${dtype}`);
  }
  if (!shape.every((n) => Number.isSafeInteger(n) && n >= 0) || !Number.isSafeInteger(size(shape) * each)) {
    throw badWeights(`weight "${name}" to have a shape of whole numbers`, `[${shape.join(', ')}]`);
  }
  return size(shape) * each;
}

function badWeights(expected: string, received: string): GraftError {
  return new GraftError('model/bad-weights', `Expected ${expected}. Received ${received}.`, {
    hint: 'The weight file may be cut off or belong to another model: fetch or export the model again.',
  });
}

/** The values of a stored weight, dequantised as TensorFlow.js does it. The caller disposes the tensor. */
export function decodeWeight({ spec, bytes }: StoredWeight): tf.Tensor {
  const { buffer, byteOffset, byteLength } = bytes;
  const own = buffer.slice(byteOffset, byteOffset + byteLength) as ArrayBuffer;
  try {
    return tf.io.decodeWeights(own, [spec])[spec.name] as tf.Tensor;
  } catch (error) {
    throw badWeights(`weight "${spec.name}" to decode`, (error as Error).message);
  }
}

/** The bytes of a tensor's values, little-endian as on every platform that TensorFlow.js runs on. */
export function bytesOf(tensor: tf.Tensor): Uint8Array {
  const values = tensor.dataSync();
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength).slice();
}

/** The bytes of a stored weight's values after dequantisation. */
export function valueBytes(stored: StoredWeight): Uint8Array {
  const tensor = decodeWeight(stored);
  const bytes = bytesOf(tensor);
  tensor.dispose();
  return bytes;
}

/**
 * Finds for every weight of a graph the stored one of its name. Where a file repeats a name (two nested models
 * with layers of one name) the order of the model decides.
 *
 * @returns the stored weights of each layer, in the order of `layer.weights`
 * @throws GraftError `model/missing-weight`, `model/unused-weight`, `model/bad-weights`
 */
export function matchWeights(
  graph: LayerGraph,
  stored: readonly StoredWeight[],
): Map<string, StoredWeight[]> {
  const waiting = new Map<string, StoredWeight[]>();
  for (const weight of stored) {
    const queue = waiting.get(weight.spec.name);
    if (queue) queue.push(weight);
    else waiting.set(weight.spec.name, [weight]);
  }
  const matched = new Map<string, StoredWeight[]>();
  for (const { name, layer, weight } of weightsOf(graph)) {
    const found = take(waiting, name);
    if (!found) {
      throw new GraftError(
        'model/missing-weight',
        `Expected a weight named "${name}". Received none in the weight file.`,
        {
          details: { weight: name },
        },
      );
    }
    if (found.spec.shape.join() !== weight.shape.join()) {
      throw badWeights(`weight "${name}" to have the shape [${weight.shape}]`, `[${found.spec.shape}]`);
    }
    if (found.spec.dtype !== weight.dtype) {
      throw badWeights(`weight "${name}" to be ${weight.dtype}`, found.spec.dtype);
    }
    matched.set(layer, [...(matched.get(layer) ?? []), found]);
  }
  const unused = [...waiting.values()].flat().map(({ spec }) => spec.name);
  if (unused.length) {
    throw new GraftError(
      'model/unused-weight',
      `Expected every stored weight to have a layer. Received also "${unused[0]}".`,
      {
        details: { unused },
      },
    );
  }
  return matched;
}

/** Takes the weight of this name, or of TensorFlow 2's doubled name (`dense/dense/kernel` for `dense/kernel`). */
function take(waiting: Map<string, StoredWeight[]>, name: string): StoredWeight | undefined {
  const parts = name.split('/');
  const doubled = [...parts.slice(0, -1), ...parts.slice(-2)].join('/');
  for (const key of [name, doubled]) {
    const found = waiting.get(key)?.shift();
    if (found) {
      if (waiting.get(key)?.length === 0) waiting.delete(key);
      return found;
    }
  }
  return undefined;
}
