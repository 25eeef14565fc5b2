import * as z from 'zod';
import { Problem } from '../http/problem.js';
import { parseJson } from '../http/read-json.js';
import { bytesFromBase64 } from './base64.js';
import { datatypeSchema, elementsFromBytes, numbersFromBytes } from './datatypes.js';
import type { Input, ModelFacts } from './protocol.js';
import { badTensor, mostDimensions, nestedTensor, sizeOf } from './tensors.js';

const parametersSchema = z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])).default({});

/** Of the Open Inference Protocol, for models of one input and one output, as all here are. */
const inferSchema = z.strictObject({
  id: z.string().max(1000).optional(),
  model_name: z.string().optional(),
  model_version: z.string().optional(),
  parameters: parametersSchema,
  inputs: z
    .array(
      z.strictObject({
        name: z.string(),
        shape: z.array(z.int().min(0)).min(1).max(mostDimensions),
        datatype: datatypeSchema,
        parameters: parametersSchema,
        data: z.array(z.unknown()).optional(),
      }),
    )
    .length(1),
  outputs: z
    .array(z.strictObject({ name: z.string(), parameters: parametersSchema }))
    .max(1)
    .default([]),
});

export type InferRequest = z.infer<typeof inferSchema>;
type InferInput = InferRequest['inputs'][number];

/** Of the JSON: parsing it holds up other requests, so that much data has to come in binary form. */
export const mostJsonBytes = 8 * 2 ** 20;

/**
 * Takes the body of an inference request apart.
 *
 * @param jsonBytes what `Inference-Header-Content-Length` says; null: the whole body is JSON
 * @returns the request and the bytes behind it
 * @throws Problem 400, 413; ZodError
 */
export function parseInfer(
  body: Uint8Array,
  jsonBytes: number | null,
): { request: InferRequest; binary: Uint8Array } {
  const end = jsonBytes ?? body.length;
  if (!Number.isSafeInteger(end) || end < 1 || end > body.length) {
    throw new Problem(
      400,
      'inference-header',
      `Expected the length of the JSON, 1 to ${body.length}. Received another number.`,
      { field: 'Inference-Header-Content-Length' },
    );
  }
  if (end > mostJsonBytes) {
    throw new Problem(413, 'too-large', `Expected at most ${mostJsonBytes} bytes of JSON. Received ${end}.`, {
      hint: 'Send the data in binary form, with binary_data_size.',
    });
  }
  return {
    request: inferSchema.parse(parseJson(body.subarray(0, end))),
    binary: body.subarray(end),
  };
}

/**
 * What the model is to answer on: one tensor, or for BYTES its pictures.
 *
 * @throws Problem 400 `bad-tensor`
 */
export function inputsOf(
  { inputs }: InferRequest,
  binary: Uint8Array,
  { inputName }: Pick<ModelFacts, 'inputName'>,
): Input[] {
  const input = inputs[0] as InferInput;
  const field = 'inputs.0';
  if (input.name !== inputName) throw badTensor(`${field}.name`, `"${inputName}"`, `"${input.name}"`);
  const raw = binaryOf(input, binary);
  const count = sizeOf(input.shape);
  const { datatype } = input;
  if (datatype === 'BYTES') {
    const pictures = raw
      ? elementsFromBytes(raw, count, field)
      : (input.data ?? []).flat(mostDimensions).map((text) => bytesFromBase64(text, `${field}.data`));
    if (pictures.length !== count) throw badTensor(field, `${count} elements`, `${pictures.length}`);
    return pictures.map((bytes) => ({ kind: 'picture', bytes }));
  }
  const values = raw ? numbersFromBytes(datatype, raw, count, field) : numbersFromJson(input, count);
  return [{ kind: 'tensor', shape: input.shape, values }];
}

/** The data may be nested as the shape says, or one flat list. */
function numbersFromJson({ shape, data }: InferInput, count: number): Float32Array {
  const field = 'inputs.0.data';
  const given = nestedTensor(data, field);
  const nested = given.shape.length > 1 && given.shape.join() !== shape.join();
  if (nested || given.values.length !== count) {
    throw badTensor(field, `[${shape.join(', ')}] as its shape says`, `[${given.shape.join(', ')}]`);
  }
  return given.values;
}

function binaryOf({ data, parameters }: InferInput, binary: Uint8Array): Uint8Array | null {
  const size = parameters.binary_data_size;
  if ('shared_memory_region' in parameters) {
    throw badTensor('inputs.0.parameters', 'data in the request', 'a region of shared memory');
  }
  if ((size === undefined) === (data === undefined)) {
    throw badTensor('inputs.0', 'either data or the parameter binary_data_size', data ? 'both' : 'neither');
  }
  if (size === undefined ? binary.length > 0 : size !== binary.length) {
    throw badTensor(
      'inputs.0.parameters.binary_data_size',
      `${binary.length}, what follows the JSON`,
      `${size ?? 0}`,
    );
  }
  return size === undefined ? null : binary;
}
