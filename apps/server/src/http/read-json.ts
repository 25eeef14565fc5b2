import type { IncomingMessage } from 'node:http';
import { GraftError } from '@graft/core';
import { parsePlainJson } from '@graft/node';
import { Problem } from './problem.js';
import { readBody } from './read-body.js';

/**
 * A JSON body, plain: UTF-8, not too deep, no key twice, none that reaches into prototypes.
 *
 * @throws Problem 400 `bad-json`, 413, 415
 */
export async function readJson(request: IncomingMessage, maxBytes: number): Promise<unknown> {
  if (!isJson(request)) {
    throw new Problem(415, 'unsupported-media-type', 'Expected a JSON body. Received another content type.', {
      hint: 'Send content-type: application/json.',
    });
  }
  return parseJson(await readBody(request, maxBytes));
}

/** @throws Problem 400 `bad-json` */
export function parseJson(bytes: Uint8Array): unknown {
  try {
    return parsePlainJson(new TextDecoder('utf-8', { fatal: true }).decode(bytes), 'body', 'data/bad-json');
  } catch (error) {
    const reason =
      error instanceof GraftError ? error.message : 'Expected text in UTF-8. Received other bytes.';
    throw new Problem(400, 'bad-json', reason, { cause: error });
  }
}

/** UTF-8 is the only encoding that JSON has. */
function isJson({ headers }: IncomingMessage): boolean {
  const [type = '', ...parameters] = (headers['content-type'] ?? '').toLowerCase().split(';');
  const charset = parameters.map((text) => text.trim()).find((text) => text.startsWith('charset='));
  const utf8 = charset === undefined || /^charset="?utf-8"?$/.test(charset);
  return utf8 && /^application\/(json|[\w.-]+\+json)$/.test(type.trim());
}

export const hasBody = ({ headers }: IncomingMessage): boolean =>
  headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
