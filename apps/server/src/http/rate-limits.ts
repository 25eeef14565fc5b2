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

/**
 * Counts wrong keys, so that nobody can try many of them. They cost a look into the store each, and those with a right
 * id a scrypt.
 *
 * @example
 * attempts.check(address); // throws once there were too many in this minute
 */
export class Attempts {
  readonly #most: number;
  #counts = new Map<string, number>();
  #since = Date.now();

  constructor(most = 100) {
    this.#most = most;
  }

  /** @throws Problem 429 */
  check(address: string): void {
    if (Date.now() - this.#since > minute || this.#counts.size > 100_000) {
      this.#counts = new Map();
      this.#since = Date.now();
    }
    if ((this.#counts.get(ipKeyGenerator(address)) ?? 0) < this.#most) return;
    throw tooMany(`Expected at most ${this.#most} wrong keys a minute. Received more.`);
  }

  failed(address: string): void {
    const block = ipKeyGenerator(address); // who has one IPv6 address has 2^64 of them
    this.#counts.set(block, (this.#counts.get(block) ?? 0) + 1);
  }
}

function tooMany(message: string): Problem {
  return new Problem(429, 'too-many-requests', message, {
    hint: 'Wait as long as Retry-After says.',
    headers: { 'retry-after': '60' },
  });
}
