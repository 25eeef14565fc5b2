import { badTensor } from './tensors.js';

/**
 * Bytes that came as base64, in the usual alphabet or that of URLs.
 *
 * @throws Problem 400 `bad-tensor`
 */
export function bytesFromBase64(text: unknown, field: string): Uint8Array {
  if (typeof text !== 'string' || text === '' || !/^[\w+/-]*={0,2}$/.test(text)) {
    throw badTensor(field, 'a picture in base64', 'something else');
  }
  return Buffer.from(text, 'base64');
}
