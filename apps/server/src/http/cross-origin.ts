import type { NextFunction, Request, Response } from 'express';

/**
 * Lets pages of allowed origins call; browsers let no others. A browser asks before it sends a token, so that the
 * origin alone has to do: one that has a live token is allowed, and what it then may do is the token's matter.
 *
 * @param allowed whether an origin, for example `https://shop.example`, may call
 */
export function crossOrigin(allowed: (origin: string) => Promise<boolean>) {
  return async (request: Request, response: Response, next: NextFunction): Promise<void> => {
    const { origin } = request.headers;
    response.vary('origin');
    if (origin === undefined || !(await allowed(origin))) return next();
    response.set({
      'access-control-allow-origin': origin,
      'access-control-expose-headers': 'etag, location, retry-after, x-request-id',
      'cross-origin-resource-policy': 'cross-origin',
    });
    if (request.method !== 'OPTIONS') return next();
    response
      .set({
        'access-control-allow-methods': 'GET, POST, PUT, PATCH, DELETE',
        'access-control-allow-headers':
          'authorization, content-type, content-range, idempotency-key, if-match, last-event-id',
        'access-control-max-age': '600',
      })
      .status(204)
      .end();
  };
}
