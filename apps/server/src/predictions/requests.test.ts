import { describe, expect, it } from 'vitest';
import { inputsOf, parseInfer } from './infer-request.js';
import { inferAnswer, outputWish } from './infer-response.js';
import { classifyInputs, classifySchema, predictInputs, predictSchema } from './predict-request.js';

const facts = { inputName: 'in', outputName: 'out', labels: ['a', 'b', 'c'] };
const refused = expect.objectContaining({ status: 400 });
const bytes = (value: unknown) => Buffer.from(JSON.stringify(value));
const two = { kind: 'tensor', shape: [1, 2], values: Float32Array.of(1, 2) };
const picture = Buffer.from('picture');
const b64 = picture.toString('base64');

describe('an inference request', () => {
  const numbers = { name: 'in', shape: [1, 2], datatype: 'FP32' };

  function asked(input: object, binary: Uint8Array = Buffer.alloc(0)) {
    const head = bytes({ inputs: [input] });
    const parsed = parseInfer(Buffer.concat([head, binary]), head.length);
    return inputsOf(parsed.request, parsed.binary, facts);
  }

  it.each([
    ['flat data', { ...numbers, data: [1, 2] }],
    ['nested data', { ...numbers, data: [[1, 2]] }],
    ['data of whole numbers', { ...numbers, datatype: 'UINT8', data: [1, 2] }],
  ])('takes %s', (_name, input) => {
    expect(asked(input)).toEqual([two]);
  });

  it('takes binary data', () => {
    const binary = new Uint8Array(Float32Array.of(1, 2).buffer);
    expect(asked({ ...numbers, parameters: { binary_data_size: 8 } }, binary)).toEqual([two]);
  });

  it('takes pictures, in base64 and binary', () => {
    const input = { name: 'in', shape: [1, 1], datatype: 'BYTES' };
    const expected = [{ kind: 'picture', bytes: expect.objectContaining(picture) }];
    expect(asked({ ...input, data: [b64] })).toEqual(expected);
    const binary = Buffer.concat([Uint8Array.of(picture.length, 0, 0, 0), picture]);
    expect(asked({ ...input, parameters: { binary_data_size: binary.length } }, binary)).toEqual(expected);
  });

  it.each([
    ['the name of another input', { ...numbers, name: 'other', data: [1, 2] }],
    ['data of another size', { ...numbers, data: [1, 2, 3] }],
    ['data of another shape', { ...numbers, data: [[1], [2]] }],
    ['neither data nor bytes', numbers],
    ['both', { ...numbers, data: [1, 2], parameters: { binary_data_size: 0 } }],
    ['bytes that are not there', { ...numbers, parameters: { binary_data_size: 8 } }],
    ['a region of shared memory', { ...numbers, parameters: { shared_memory_region: 'x' } }],
    ['fewer pictures than its shape says', { ...numbers, datatype: 'BYTES', data: [b64] }],
  ])('is refused with %s', (_name, input) => {
    expect(() => asked(input)).toThrow(refused);
  });

  it.each([
    ['another datatype', { ...numbers, datatype: 'FP16', data: [1, 2] }],
    ['a negative shape', { ...numbers, shape: [-1, 2], data: [1, 2] }],
    ['a shape of 9', { ...numbers, shape: new Array(9).fill(1), data: [1] }],
    ['a field that nobody knows', { ...numbers, data: [1, 2], extra: 1 }],
  ])('is refused with %s', (_name, input) => {
    expect(() => asked(input)).toThrow(expect.objectContaining({ name: 'ZodError' }));
  });

  it('is refused with bytes that no input has', () => {
    expect(() => asked({ ...numbers, data: [1, 2] }, Buffer.from('more'))).toThrow(refused);
  });

  it.each([0, -1, 1.5, 1e9, Number.NaN])('is refused with a header length of %s', (length) => {
    expect(() => parseInfer(bytes({ inputs: [] }), length)).toThrow(refused);
  });

  it('is answered in the form that it asks for', () => {
    const outputs = { shape: [1, 3], values: Float32Array.of(0.25, 0.5, 0.125) } as const;
    const answer = (parameters: Record<string, number | boolean>, all: Record<string, boolean> = {}) => {
      const request = { id: 'x', inputs: [], outputs: [{ name: 'out', parameters }], parameters: all };
      return inferAnswer('cars', request, outputWish(request, facts), facts, outputs);
    };
    expect(answer({})).toEqual({
      json: {
        model_name: 'cars',
        model_version: '1',
        id: 'x',
        outputs: [{ name: 'out', datatype: 'FP32', shape: [1, 3], data: [0.25, 0.5, 0.125] }],
      },
      binary: null,
    });
    expect(answer({}, { binary_data_output: true }).binary).toHaveLength(12);
    expect(answer({ binary_data: false }, { binary_data_output: true }).binary).toBeNull();
    expect(answer({ classification: 2 }).json.outputs).toEqual([
      { name: 'out', datatype: 'BYTES', shape: [1, 2], data: ['0.500000:1:b', '0.250000:0:a'] },
    ]);
    expect(() => answer({ classification: 0.5 })).toThrow(refused);
  });
});

describe('a predict request', () => {
  const asked = (request: unknown) => predictInputs(predictSchema.parse(request), facts);

  it.each([
    ['rows', { instances: [[1, 2]] }],
    ['named rows', { instances: [{ in: [1, 2] }] }],
    ['columns', { inputs: [[1, 2]] }],
    ['named columns', { inputs: { in: [[1, 2]] }, signature_name: 'serving_default' }],
  ])('takes %s', (_name, request) => {
    expect(asked(request)).toEqual([two]);
  });

  it.each([
    ['rows', { instances: [{ b64 }, { b64 }] }],
    ['named rows', { instances: [{ image_bytes: { b64 } }, { in: { b64 } }] }],
    ['columns', { inputs: [{ b64 }, { b64 }] }],
    ['named columns', { inputs: { image_bytes: [{ b64 }, { b64 }] } }],
  ])('takes pictures in %s', (_name, request) => {
    const one = { kind: 'picture', bytes: expect.objectContaining(picture) };
    expect(asked(request)).toEqual([one, one]);
  });

  it.each([
    ['another name', { instances: [{ other: [1, 2] }] }],
    ['two names', { instances: [{ in: [1, 2], other: [1] }] }],
    ['a picture among numbers', { instances: [{ b64 }, [1, 2]] }],
    ['base64 that is none', { instances: [{ b64: '?' }] }],
    ['a number', { inputs: 1 }],
  ])('is refused with %s', (_name, request) => {
    expect(() => asked(request)).toThrow(refused);
  });

  it.each([
    ['another signature', { instances: [[1]], signature_name: 'other' }],
    ['both formats', { instances: [[1]], inputs: [[1]] }],
    ['no example', { instances: [] }],
  ])('is refused with %s', (_name, request) => {
    expect(() => predictSchema.parse(request)).toThrow();
  });
});

describe('a classify request', () => {
  it('takes lists of numbers, and what all share', () => {
    const request = classifySchema.parse({ examples: [{ in: [1, 2] }] });
    expect(classifyInputs(request, facts)).toEqual([{ kind: 'rows', rows: [[1, 2]] }]);
    const shared = { ...request, context: { in: 7 }, examples: [{}, { in: [8] }] };
    expect(classifyInputs(shared, facts)).toEqual([{ kind: 'rows', rows: [[7], [8]] }]);
  });
});
