import { bytesFromElements } from './datatypes.js';
import type { InferRequest } from './infer-request.js';
import type { ModelFacts, Outputs } from './protocol.js';
import { badTensor } from './tensors.js';
import { topClasses } from './top-classes.js';

interface OutputTensor {
  readonly name: string;
  readonly datatype: 'FP32' | 'BYTES';
  readonly shape: readonly number[];
  readonly parameters?: { readonly binary_data_size: number };
  readonly data?: readonly (number | string)[];
}

interface InferResponse {
  readonly model_name: string;
  readonly model_version: string;
  readonly id?: string;
  readonly outputs: readonly OutputTensor[];
}

/** An answer as JSON, and what follows it in binary form; null: nothing does. */
export interface InferAnswer {
  readonly json: InferResponse;
  readonly binary: Uint8Array | null;
}

/** What the parameters of a request ask of its one output. */
interface OutputWish {
  readonly name: string;
  readonly binary: boolean;
  /** So many labels as text, the best first; 0: the numbers. */
  readonly classes: number;
}

/**
 * What the client wants of the output.
 *
 * @throws Problem 400 `bad-tensor`
 */
export function outputWish(
  { outputs, parameters }: InferRequest,
  { outputName }: Pick<ModelFacts, 'outputName'>,
): OutputWish {
  const { name, parameters: own } = outputs[0] ?? { name: outputName, parameters: {} };
  if (name !== outputName) throw badTensor('outputs.0.name', `"${outputName}"`, `"${name}"`);
  if ('shared_memory_region' in own) {
    throw badTensor('outputs.0.parameters', 'data in the answer', 'a region of shared memory');
  }
  const classes = own.classification ?? 0;
  if (typeof classes !== 'number' || !Number.isInteger(classes) || classes < 0) {
    throw badTensor('outputs.0.parameters.classification', 'how many labels', JSON.stringify(classes));
  }
  return { name, classes, binary: (own.binary_data ?? parameters.binary_data_output ?? false) === true };
}

/**
 * The answer to an inference request.
 *
 * @example
 * const { json, binary } = inferAnswer('cars', request, wish, facts, outputs);
 */
export function inferAnswer(
  model: string,
  { id }: Pick<InferRequest, 'id'>,
  wish: OutputWish,
  { labels }: Pick<ModelFacts, 'labels'>,
  outputs: Outputs,
): InferAnswer {
  const { tensor, bytes } =
    wish.classes > 0 ? classTensor(outputs, labels, wish) : numberTensor(outputs, wish);
  return {
    json: { model_name: model, model_version: '1', ...(id !== undefined && { id }), outputs: [tensor] },
    binary: bytes,
  };
}

interface Written {
  readonly tensor: OutputTensor;
  readonly bytes: Uint8Array | null;
}

function numberTensor({ shape, values }: Outputs, { name, binary }: OutputWish): Written {
  const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  return written({ name, datatype: 'FP32', shape }, binary ? bytes : Array.from(values));
}

/** Text of the form `score:index:label`, as Triton's classification extension has it. */
function classTensor(
  { shape: [examples, units], values }: Outputs,
  labels: ModelFacts['labels'],
  { name, binary, classes }: OutputWish,
): Written {
  const texts = Array.from({ length: examples }, (_, index) =>
    topClasses(values.subarray(index * units, (index + 1) * units), labels, classes).map(
      ({ score, index: place, label }) => `${score.toFixed(6)}:${place}${label === null ? '' : `:${label}`}`,
    ),
  );
  const shape = [examples, texts[0]?.length ?? 0];
  return written({ name, datatype: 'BYTES', shape }, binary ? bytesFromElements(texts.flat()) : texts.flat());
}

function written(
  tensor: Pick<OutputTensor, 'name' | 'datatype' | 'shape'>,
  data: Uint8Array | readonly (number | string)[],
): Written {
  if (!(data instanceof Uint8Array)) return { tensor: { ...tensor, data }, bytes: null };
  return { tensor: { ...tensor, parameters: { binary_data_size: data.length } }, bytes: data };
}
