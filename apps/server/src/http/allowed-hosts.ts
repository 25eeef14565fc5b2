import type { NextFunction, Request, Response } from 'express';
import { Problem } from './problem.js';

/**
 * Refuses requests that were sent to another name than ours: a page of somewhere else whose name was made to point
 * here (DNS rebinding) gets no answer.
 *
 * @param hosts names without port, in lower case
 */
export function allowedHosts(hosts: ReadonlySet<string>) {
  return (request: Request, _response: Response, next: NextFunction): void => {
    const given = request.headersDistinct.host ?? [];
    if (given.length > 1 || !request.url.startsWith('/')) {
      throw new Problem(400, 'ambiguous-host', 'Expected one Host and a target that begins with "/".', {
        hint: 'A proxy in front has to send on the path alone, and one Host.',
      });
    }
    const name = hostName(given[0] ?? '');
    if (!hosts.has(name)) {
      throw new Problem(
        421,
        'wrong-host',
        `Expected a request to ${[...hosts].join(' or ')}. Received one to "${name.slice(0, 100)}".`,
        {
          hint: 'Start the server with --allow-host NAME if it is reached by that name.',
        },
      );
    }
    next();
  };
}

/** `LOCALHOST:80` -> `localhost`, `[::1]:80` -> `[::1]`. */
export function hostName(header: string): string {
  return header.toLowerCase().replace(/:\d+$/, '');
}

export const loopbackNames = ['localhost', '127.0.0.1', '[::1]'] as const;
