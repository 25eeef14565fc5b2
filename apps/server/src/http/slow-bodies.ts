import type { NextFunction, Request, Response } from 'express';
import type { RequestLocals } from './mount.js';
import { Problem } from './problem.js';
import { replyProblem } from './problem-reply.js';
import { hasBody } from './read-json.js';

export interface BodySpeed {
  /** How often a body is looked after. */
  readonly seconds: number;
  /** What has to come in meanwhile. */
  readonly leastBytes: number;
}

/**
 * Cuts off bodies that come so slowly that they are only there to hold a connection. An upload may take hours, as long
 * as it goes on.
 */
export function slowBodies({ seconds, leastBytes }: BodySpeed) {
  return (request: Request, response: Response, next: NextFunction): void => {
    if (hasBody(request)) watch(request, response);
    next();
  };

  function watch(request: Request, response: Response): void {
    let before = request.socket.bytesRead;
    const timer = setInterval(() => {
      if (request.complete) return clearInterval(timer);
      const now = request.socket.bytesRead;
      const waitsForUs = request.readableLength > 0;
      if (waitsForUs || now - before >= leastBytes) {
        before = now;
        return;
      }
      clearInterval(timer);
      const expected = `Expected at least ${leastBytes} bytes of the body in ${seconds} s.`;
      const problem = new Problem(408, 'too-slow', `${expected} Received ${now - before}.`);
      replyProblem(request, response, problem, (response.locals as RequestLocals).requestId);
    }, seconds * 1000).unref();
    response.once('close', () => clearInterval(timer));
  }
}
