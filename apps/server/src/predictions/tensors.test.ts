import { describe, expect, it } from 'vitest';
import { bytesFromBase64 } from './base64.js';
import { bytesFromElements, elementsFromBytes, numbersFromBytes } from './datatypes.js';
import { nestedTensor } from './tensors.js';
import { topClasses } from './top-classes.js';

const refused = expect.objectContaining({ status: 400, code: 'bad-tensor' });

describe('nestedTensor', () => {
  it('reads lists in lists', () => {
    expect(
      nestedTensor(
        [
          [[1], [2]],
          [[3], [4]],
        ],
        'x',
      ),
    ).toEqual({
      shape: [2, 2, 1],
      values: Float32Array.of(1, 2, 3, 4),
    });
    expect(nestedTensor([], 'x')).toEqual({ shape: [0], values: new Float32Array(0) });
  });

  it.each([
    ['no list', 7],
    ['lists of unequal length', [[1, 2], [3]]],
    ['a number beside a list', [[1], 2]],
    ['a list in place of a number', [1, [2]]],
    ['text', [1, '2']],
    ['null', [1, null]],
    ['an object', [1, {}]],
    ['a number beyond float32', [1, 1e39]],
    ['what JSON makes of 1e999', [1, Number.POSITIVE_INFINITY]],
    ['lists nested without end', JSON.parse('['.repeat(100) + ']'.repeat(100))],
  ])('refuses %s', (_name, value) => {
    expect(() => nestedTensor(value, 'x')).toThrow(refused);
  });

  it('allocates nothing that is not there', () => {
    const many = [new Array(1000).fill(1), ...new Array(100_000).fill([])];
    expect(() => nestedTensor(many, 'x')).toThrow(refused);
  });
});

describe('numbersFromBytes', () => {
  const bytesOf = (array: { readonly buffer: ArrayBufferLike }) => new Uint8Array(array.buffer);
  it.each([
    ['FP32', bytesOf(Float32Array.of(1, -2.5))],
    ['FP64', bytesOf(Float64Array.of(1, -2.5))],
  ] as const)('reads %s', (datatype, bytes) => {
    expect(numbersFromBytes(datatype, bytes, 2, 'x')).toEqual(Float32Array.of(1, -2.5));
  });
  it.each([
    ['INT8', bytesOf(Int8Array.of(1, -2))],
    ['INT16', bytesOf(Int16Array.of(1, -2))],
    ['INT32', bytesOf(Int32Array.of(1, -2))],
    ['INT64', bytesOf(BigInt64Array.of(1n, -2n))],
  ] as const)('reads %s', (datatype, bytes) => {
    expect(numbersFromBytes(datatype, bytes, 2, 'x')).toEqual(Float32Array.of(1, -2));
  });

  it('reads from where no element could begin', () => {
    const body = Buffer.concat([Buffer.from('{}'), bytesOf(Float32Array.of(3, 4)), Buffer.from('x')]);
    expect(numbersFromBytes('FP32', body.subarray(2, 10), 2, 'x')).toEqual(Float32Array.of(3, 4));
  });

  it.each([
    ['a byte too few', new Uint8Array(7)],
    ['a byte too many', new Uint8Array(9)],
    ['no number', bytesOf(Float32Array.of(1, Number.NaN))],
  ])('refuses %s', (_name, bytes) => {
    expect(() => numbersFromBytes('FP32', bytes, 2, 'x')).toThrow(refused);
  });
});

describe('BYTES', () => {
  it('comes out as it went in', () => {
    const bytes = bytesFromElements(['one', '', 'drei']);
    expect(elementsFromBytes(bytes, 3, 'x').map((element) => Buffer.from(element).toString())).toEqual([
      'one',
      '',
      'drei',
    ]);
  });

  it.each([
    ['one element too few', bytesFromElements(['a']), 2],
    ['an element that ends behind the tensor', Uint8Array.of(9, 0, 0, 0, 1), 1],
    ['a length that is cut off', Uint8Array.of(1, 0), 1],
    ['a length of 4 GB', Uint8Array.of(255, 255, 255, 255), 1],
  ])('refuses %s', (_name, bytes, count) => {
    expect(() => elementsFromBytes(bytes, count, 'x')).toThrow(refused);
  });
});

describe('bytesFromBase64', () => {
  it('reads both alphabets', () => {
    expect([...bytesFromBase64('-_8=', 'x')]).toEqual([...bytesFromBase64('+/8', 'x')]);
  });
  it.each(['', 'a b', 'é', null, 5, 'data:image/png;base64,AA=='])('refuses %j', (text) => {
    expect(() => bytesFromBase64(text, 'x')).toThrow(refused);
  });
});

describe('topClasses', () => {
  it('gives the best first, with their places', () => {
    expect(topClasses(Float32Array.of(0.25, 0.5, 0.125), ['a', 'b', 'c'], 2)).toEqual([
      { score: 0.5, index: 1, label: 'b' },
      { score: 0.25, index: 0, label: 'a' },
    ]);
  });
  it('reads one output of two labels', () => {
    expect(topClasses(Float32Array.of(0.75), ['a', 'b'], 9)).toEqual([
      { score: 0.75, index: 1, label: 'b' },
      { score: 0.25, index: 0, label: 'a' },
    ]);
  });
  it('has no names where the model has none', () => {
    expect(topClasses(Float32Array.of(3), null, 1)).toEqual([{ score: 3, index: 0, label: null }]);
  });
});
