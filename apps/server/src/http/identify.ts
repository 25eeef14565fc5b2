import type { NextFunction, Request, Response } from 'express';
import type { KeyStore } from '../keys/key-store.js';
import { type Caller, localCaller } from './caller.js';
import type { RequestLocals } from './mount.js';
import { Problem } from './problem.js';

/** May do nothing but what is open to all. */
const nobody: Caller = { tenant: 'nobody', scopes: [], name: 'nobody' };

/**
 * Finds out who asks, by `Authorization: Bearer KEY`.
 *
 * @param open whether a request without a key is the local person's, as on loopback
 */
export function identify(keys: KeyStore, open: boolean) {
  return async (request: Request, response: Response, next: NextFunction): Promise<void> => {
    const locals = response.locals as RequestLocals;
    const header = request.headers.authorization;
    if (header === undefined) {
      locals.caller = open ? localCaller : nobody;
      return next();
    }
    const [, key] = /^Bearer +(\S+)$/i.exec(header) ?? [];
    const caller = key === undefined ? null : await keys.callerOf(key, request.headers.origin ?? null);
    // Clients of OpenAI's API can't do without a key: on loopback any word will do.
    if (!caller && !(open && key !== undefined && !key.startsWith('key-'))) {
      throw new Problem(401, 'key-unknown', 'Expected a key that is good here. Received another one.', {
        hint: 'Send Authorization: Bearer KEY, with a key that is neither removed nor expired.',
        headers: { 'www-authenticate': 'Bearer' },
      });
    }
    locals.caller = caller ?? localCaller;
    next();
  };
}
