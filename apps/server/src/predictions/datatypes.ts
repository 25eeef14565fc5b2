import * as z from 'zod';
import { badTensor, finite } from './tensors.js';

/** Arrays of numbers that a tensor's bytes can be looked at through, in the byte order of the machine. */
interface NumberArray {
  readonly BYTES_PER_ELEMENT: number;
  new (buffer: ArrayBufferLike): Iterable<number | bigint>;
}

/** Of the Open Inference Protocol; all are turned into what a model computes with, float32. */
const arrays = {
  FP32: Float32Array,
  FP64: Float64Array,
  INT8: Int8Array,
  INT16: Int16Array,
  INT32: Int32Array,
  INT64: BigInt64Array,
  UINT8: Uint8Array,
  UINT16: Uint16Array,
  UINT32: Uint32Array,
  UINT64: BigUint64Array,
} as const satisfies Record<string, NumberArray>;

export type NumberType = keyof typeof arrays;

/** BYTES: each element is an encoded picture. */
export const datatypeSchema = z.enum([...(Object.keys(arrays) as NumberType[]), 'BYTES']);

/**
 * Reads the binary form of a tensor of numbers: little-endian, row by row, without gaps.
 *
 * @param count of elements, as its shape says
 * @throws Problem 400 `bad-tensor` where the bytes don't fit, or hold what is no finite float32
 *
 * @example
 * numbersFromBytes('UINT8', Uint8Array.of(1, 255), 2, 'inputs.0'); // Float32Array [1, 255]
 */
export function numbersFromBytes(
  datatype: NumberType,
  bytes: Uint8Array,
  count: number,
  field: string,
): Float32Array {
  const type: NumberArray = arrays[datatype];
  if (bytes.length !== count * type.BYTES_PER_ELEMENT) {
    throw badTensor(field, `${count * type.BYTES_PER_ELEMENT} bytes`, `${bytes.length}`);
  }
  const copy = new Uint8Array(bytes).buffer; // where it begins in the body is no multiple of an element
  return finite(
    datatype === 'FP32' ? new Float32Array(copy) : Float32Array.from(new type(copy), Number),
    field,
  );
}

/**
 * Reads the binary form of BYTES: each element is its length, 4 bytes, little-endian, and then itself.
 *
 * @throws Problem 400 `bad-tensor` where they don't fit
 */
export function elementsFromBytes(bytes: Uint8Array, count: number, field: string): Uint8Array[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const elements: Uint8Array[] = [];
  for (let begin = 0; begin < bytes.length; ) {
    const length = begin + 4 <= bytes.length ? view.getUint32(begin, true) : Number.POSITIVE_INFINITY;
    const end = begin + 4 + length;
    if (end > bytes.length) throw badTensor(field, 'elements that end within the tensor', 'a longer one');
    elements.push(bytes.subarray(begin + 4, end));
    begin = end;
  }
  if (elements.length !== count) throw badTensor(field, `${count} elements`, `${elements.length}`);
  return elements;
}

/** The binary form of BYTES. */
export function bytesFromElements(elements: readonly string[]): Uint8Array {
  return Buffer.concat(
    elements.flatMap((element) => {
      const bytes = Buffer.from(element, 'utf8');
      const length = Buffer.alloc(4);
      length.writeUInt32LE(bytes.length);
      return [length, bytes];
    }),
  );
}
