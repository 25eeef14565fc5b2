import type { NextFunction, Request, Response } from 'express';
import type { KeyStore } from '../keys/key-store.js';
import { hostName, loopbackNames } from './allowed-hosts.js';
import { type Caller, localCaller, nobody } from './caller.js';
import type { RequestLocals } from './mount.js';
import { Problem } from './problem.js';
import { type Attempts, tooManyWrongKeys } from './rate-limits.js';

export interface Identification {
  readonly keys: KeyStore;
  /** Whether a request without a key is the local person's, as on loopback. */
  readonly open: boolean;
  /** Of pages that the operator allows. */
  readonly origins: readonly string[];
  /** Wrong keys, by address. */
  readonly attempts: Attempts;
}

/** Finds out who asks, by `Authorization: Bearer KEY`. */
export function identify({ keys, open, origins, attempts }: Identification) {
  return async (request: Request, response: Response, next: NextFunction): Promise<void> => {
    const locals = response.locals as RequestLocals;
    const header = request.headers.authorization;
    const [, key] = /^Bearer +(\S+)$/i.exec(header ?? '') ?? [];
    // Clients of OpenAI's API can't do without a key: on loopback any word will do.
    const local = open && isFromHere(request);
    const keyless = header === undefined || (local && key !== undefined && !key.startsWith('key-'));
    if (keyless && local) refuseForeignPages(request, origins);
    locals.caller = keyless ? (local ? localCaller : nobody) : await signed(request, key);
    next();
  };

  async function signed(request: Request, key: string | undefined): Promise<Caller> {
    const address = request.ip ?? '';
    const tooMany = attempts.tooMany(address);
    const caller =
      key === undefined ? null : await keys.callerOf(key, request.headers.origin ?? null, tooMany);
    if (caller) return caller;
    if (tooMany) throw tooManyWrongKeys;
    attempts.failed(address);
    throw new Problem(401, 'key-unknown', 'Expected a key that is good here. Received another one.', {
      hint: 'Send Authorization: Bearer KEY, with a key that is neither removed nor expired, from its own origin.',
      headers: { 'www-authenticate': 'Bearer' },
    });
  }
}

/** Behind a proxy everybody comes from loopback: what was sent on, or to another name, needs a key. */
function isFromHere({ headers }: Request): boolean {
  const sentOn = ['forwarded', 'x-forwarded-for', 'x-real-ip', 'via'].some((name) => name in headers);
  return !sentOn && (loopbackNames as readonly string[]).includes(hostName(headers.host ?? ''));
}

/**
 * A browser sends forms and empty POSTs of any page to loopback without asking. Where no key is needed, nothing else
 * would tell them from what the person at this machine wants.
 */
function refuseForeignPages({ headers }: Request, origins: readonly string[]): void {
  const { origin, host } = headers;
  const ours = origin === undefined || origins.includes(origin) || origin === `http://${host}`;
  // Of pages that load something as a picture or script, there is no origin to go by.
  const loadedFromElsewhere = origin === undefined && headers['sec-fetch-site'] === 'cross-site';
  const opened = headers['sec-fetch-mode'] === 'navigate'; // a link that a person follows
  if (ours && (!loadedFromElsewhere || opened)) return;
  throw new Problem(
    403,
    'foreign-origin',
    `Expected a page of this server or of an allowed origin. Received "${(origin ?? 'another site').slice(0, 200)}".`,
    { hint: 'Start the server with --allow-origin ORIGIN, or give the page a token of POST /api/tokens.' },
  );
}
