import * as z from 'zod';
import { bytesFromBase64 } from './base64.js';
import type { Input, ModelFacts } from './protocol.js';
import { badTensor, nestedTensor } from './tensors.js';

/** The only signature of models here. */
export const signature = 'serving_default';

const signatureSchema = z.literal(signature).default(signature);

/** Row format: one element for each example; or columnar: whole tensors. */
export const predictSchema = z.union([
  z.strictObject({ signature_name: signatureSchema, instances: z.array(z.unknown()).min(1) }),
  z.strictObject({ signature_name: signatureSchema, inputs: z.unknown() }),
]);

const featuresSchema = z.record(z.string(), z.unknown());

export const classifySchema = z.strictObject({
  signature_name: signatureSchema,
  context: featuresSchema.default({}),
  examples: z.array(featuresSchema).min(1),
});

type Names = Pick<ModelFacts, 'inputName'>;

/**
 * What a predict request asks of the model: pictures, each `{ "b64": ... }`, or one tensor.
 *
 * @throws Problem 400 `bad-tensor`
 */
export function predictInputs(request: z.infer<typeof predictSchema>, names: Names): Input[] {
  if ('instances' in request) {
    return inputsFrom(
      request.instances.map((instance, index) => unnamed(instance, names, `instances.${index}`)),
      'instances',
    );
  }
  const inputs = unnamed(request.inputs, names, 'inputs');
  return inputsFrom(isPicture(inputs) ? [inputs] : inputs, 'inputs');
}

/**
 * What a classify request asks: of pictures each a `{ "b64": ... }`, of numbers each a flat list.
 *
 * @throws Problem 400 `bad-tensor`
 */
export function classifyInputs({ examples, context }: z.infer<typeof classifySchema>, names: Names): Input[] {
  const values = examples.map((example, index) =>
    unnamed({ ...context, ...example }, names, `examples.${index}`),
  );
  if (values.some(isPicture)) return inputsFrom(values, 'examples');
  const lists = values.map((value) => (typeof value === 'number' ? [value] : value));
  const rows = lists.map((list, index) => Array.from(nestedTensor(list, `examples.${index}`).values));
  return [{ kind: 'rows', rows }];
}

function inputsFrom(values: unknown, field: string): Input[] {
  if (!Array.isArray(values) || !values.some(isPicture)) {
    return [{ kind: 'tensor', ...nestedTensor(values, field) }];
  }
  return values.map((value, index) => {
    const name = `${field}.${index}`;
    if (!isPicture(value)) throw badTensor(name, 'a picture, as the others are', 'something else');
    return { kind: 'picture', bytes: bytesFromBase64(value.b64, `${name}.b64`) };
  });
}

const isPicture = (value: unknown): value is { readonly b64: unknown } =>
  isObject(value) && Object.keys(value).join() === 'b64';

/** `{ "input_1": value }` -> value. A picture may have any name: there is only one input. */
function unnamed(value: unknown, { inputName }: Names, field: string): unknown {
  if (!isObject(value) || isPicture(value)) return value;
  const [[name, inner] = [], ...others] = Object.entries(value);
  if (others.length === 0 && (name === inputName || isPicture(inner) || isPictures(inner))) return inner;
  throw badTensor(
    field,
    `one member, "${inputName}"`,
    `${Object.keys(value).slice(0, 5).join(', ') || 'none'}`,
  );
}

const isPictures = (value: unknown): boolean =>
  Array.isArray(value) && value.length > 0 && value.every(isPicture);

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
