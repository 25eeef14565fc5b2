import type { RequestHandler, Response } from 'express';
import { ipKeyGenerator, rateLimit } from 'express-rate-limit';
import type { RequestLocals } from './mount.js';
import { Problem } from './problem.js';

const minute = 60_000;

/** So many requests a minute for each key, or for each address where there is none. The local person has no limit. */
export function callerLimit(perMinute: number): RequestHandler {
  return rateLimit({
    limit: perMinute,
    standardHeaders: 'draft-8',
    legacyHeaders: false,
    skip: ({ path }, { locals }) =>
      (locals as RequestLocals).caller.name === 'local' || /^\/(livez|readyz|startupz)$/.test(path),
    keyGenerator: ({ ip }, { locals }: Response) =>
      (locals as RequestLocals).caller.key?.id ?? ipKeyGenerator(ip ?? ''),
    handler: () => {
      throw tooMany(`Expected at most ${perMinute} requests a minute. Received more.`);
    },
  });
}

/** Wrong keys of one address in a minute. */
const mostWrongKeys = 100;

/**
 * Counts wrong keys, so that nobody can try many of them: each with a right id costs a scrypt. Whoever shares the
 * address and used a right key a moment ago is not held up.
 *
 * @example
 * if (!attempts.tooMany(address)) attempts.failed(address);
 */
export class Attempts {
  #counts = new Map<string, number>();
  #since = Date.now();

  tooMany(address: string): boolean {
    if (Date.now() - this.#since > minute || this.#counts.size > 100_000) {
      this.#counts = new Map();
      this.#since = Date.now();
    }
    return (this.#counts.get(ipKeyGenerator(address)) ?? 0) >= mostWrongKeys;
  }

  failed(address: string): void {
    const block = ipKeyGenerator(address); // who has one IPv6 address has 2^64 of them
    this.#counts.set(block, (this.#counts.get(block) ?? 0) + 1);
  }
}

export const tooManyWrongKeys = tooMany(
  `Expected at most ${mostWrongKeys} wrong keys a minute from one address. Received more.`,
  { 'retry-after': '60' },
);

function tooMany(message: string, headers: Readonly<Record<string, string>> = {}): Problem {
  return new Problem(429, 'too-many-requests', message, {
    hint: 'Wait as long as Retry-After says.',
    headers,
  });
}
