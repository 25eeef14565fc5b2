import type { IncomingMessage } from 'node:http';
import { Problem } from './problem.js';

/**
 * A whole body in memory, refused before it is read where its length says that it is too large.
 *
 * @throws Problem 413, 400 for an empty one
 */
export async function readBody(request: IncomingMessage, maxBytes: number): Promise<Uint8Array> {
  if (Number(request.headers['content-length'] ?? 0) > maxBytes) throw tooLarge(maxBytes);
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
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
