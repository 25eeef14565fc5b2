import * as tf from '@tensorflow/tfjs-core';
import type * as tfl from '@tensorflow/tfjs-layers';

/** How the weights of a test model are stored. */
export type StoredAs = 'float32' | 'float16' | 'uint8';

/** What a model saves, in memory. */
export async function artifactsOf(model: Pick<tfl.LayersModel, 'save'>): Promise<tf.io.ModelArtifacts> {
  let saved: tf.io.ModelArtifacts | undefined;
  await model.save(
    tf.io.withSaveHandler(async (artifacts) => {
      saved = artifacts;
      return { modelArtifactsInfo: { dateSaved: new Date(0), modelTopologyType: 'JSON' } };
    }),
  );
  if (!saved) throw new Error('Nothing was saved.');
  return saved;
}

/** Keeps what is saved, and loads it again. */
export class MemoryHandler implements tf.io.IOHandler {
  artifacts: tf.io.ModelArtifacts | undefined;

  constructor(artifacts?: tf.io.ModelArtifacts) {
    this.artifacts = artifacts;
  }

  save = async (artifacts: tf.io.ModelArtifacts): Promise<tf.io.SaveResult> => {
    this.artifacts = artifacts;
    return { modelArtifactsInfo: { dateSaved: new Date(0), modelTopologyType: 'JSON' } };
  };

  load = async (): Promise<tf.io.ModelArtifacts> => {
    if (!this.artifacts) throw new Error('Nothing was saved.');
    return this.artifacts;
  };
}

/** The bytes of all weights of saved artifacts. */
export function weightBytes({ weightData }: tf.io.ModelArtifacts): Uint8Array {
  return new Uint8Array(tf.io.CompositeArrayBuffer.join(weightData));
}

/**
 * The same model with its float32 weights stored in fewer bits, as the TensorFlow.js converter writes them.
 *
 * @param storedAs chooses for each weight
 */
export function quantized(
  artifacts: tf.io.ModelArtifacts,
  storedAs: (name: string) => StoredAs,
): tf.io.ModelArtifacts {
  const bytes = weightBytes(artifacts);
  const parts: Uint8Array[] = [];
  let offset = 0;
  const weightSpecs = (artifacts.weightSpecs ?? []).map((spec) => {
    const length = tf.util.sizeFromShape(spec.shape) * 4;
    const own = bytes.slice(offset, offset + length);
    offset += length;
    const form = spec.dtype === 'float32' ? storedAs(spec.name) : 'float32';
    const stored = store(new Float32Array(own.buffer), form);
    parts.push(stored?.bytes ?? own);
    return stored ? { ...spec, quantization: stored.quantization } : spec;
  });
  const data = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  parts.reduce((at, part) => {
    data.set(part, at);
    return at + part.length;
  }, 0);
  return { ...artifacts, weightSpecs, weightData: data.buffer };
}

type Quantization = NonNullable<tf.io.WeightsManifestEntry['quantization']>;

function store(
  values: Float32Array,
  form: StoredAs,
): { bytes: Uint8Array; quantization: Quantization } | null {
  if (form === 'float32' || values.length === 0) return null;
  if (form === 'float16') {
    const halves = Uint16Array.from(values, halfOf);
    return { bytes: new Uint8Array(halves.buffer), quantization: { dtype: 'float16' } };
  }
  const min = Math.min(...values);
  const scale = (Math.max(...values) - min) / 255 || 1;
  return {
    bytes: Uint8Array.from(values, (value) => Math.round((value - min) / scale)),
    quantization: { dtype: 'uint8', min, scale },
  };
}

/** The 16 bits of a number as IEEE 754 half precision, cut off; below 2^-14 it becomes 0. */
function halfOf(value: number): number {
  const [bits = 0] = new Uint32Array(Float32Array.of(value).buffer);
  const exponent = ((bits >>> 23) & 0xff) - 127 + 15;
  const sign = (bits >>> 16) & 0x8000;
  if (exponent <= 0) return sign;
  if (exponent >= 31) throw new RangeError(`${value} is too large for half precision.`);
  return sign | (exponent << 10) | ((bits >>> 13) & 0x3ff);
}
