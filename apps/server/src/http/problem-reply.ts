import type { IncomingMessage, ServerResponse } from 'node:http';
import { problemFor } from './error-as-text.js';
import { type Problem, problemBody } from './problem.js';

/** So long a client may go on to send what is not wanted, before it is cut off. */
const lingerMilliseconds = 1000;

export const problemType = 'application/problem+json; charset=utf-8';

/**
 * Answers a request with a problem. Of a request that is still coming in, the rest is dropped for a moment: a client
 * that is cut off while it sends sees a broken connection, not the answer.
 */
export function replyProblem(
  request: IncomingMessage,
  response: ServerResponse,
  problem: Problem,
  requestId: string,
): void {
  if (response.headersSent) {
    response.destroy(); // half an answer must not look whole
    return;
  }
  const path = (request.url ?? '').split('?')[0] ?? '';
  const body = Buffer.from(JSON.stringify(problemFor(path, problemBody(problem, requestId))));
  const coming = !request.complete && !request.destroyed;
  response.writeHead(problem.status, {
    ...problem.options.headers,
    'content-type': problemType,
    'content-length': body.length,
    ...(coming && { connection: 'close' }),
  });
  if (!coming || request.method === 'HEAD') {
    response.end(body);
    return;
  }
  response.write(body);
  const end = () => response.end(() => request.socket.destroySoon());
  const late = setTimeout(end, lingerMilliseconds);
  request.unpipe().resume();
  request.once('end', () => {
    clearTimeout(late);
    end();
  });
}
