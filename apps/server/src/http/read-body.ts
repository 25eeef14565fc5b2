import type { IncomingMessage } from 'node:http';
import { Problem } from './problem.js';

/**
 * A whole body in memory, refused before it is read where its length says that it is too large.
 *
 * @throws Problem 413; 415 for a compressed one, which could grow; 400 for an empty one
 */
export async function readBody(request: IncomingMessage, maxBytes: number): Promise<Uint8Array> {
  const { 'content-encoding': encoding = 'identity', 'content-length': length = '0' } = request.headers;
  if (encoding.toLowerCase() !== 'identity') {
    throw new Problem(415, 'content-encoding', 'Expected a body as it is. Received a compressed one.', {
      hint: 'Leave out content-encoding.',
    });
  }
  if (Number(length) > maxBytes) throw tooLarge(maxBytes);
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > maxBytes) throw tooLarge(maxBytes);
    chunks.push(chunk);
  }
  if (size === 0) throw new Problem(400, 'empty-body', 'Expected a body. Received an empty one.');
  return Buffer.concat(chunks, size);
}

function tooLarge(maxBytes: number): Problem {
  return new Problem(413, 'too-large', `Expected at most ${maxBytes} bytes. Received more.`);
}
