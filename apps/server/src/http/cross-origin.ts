import type { NextFunction, Request, Response } from 'express';

/**
 * Lets pages of the given origins call; without any, browsers let none.
 *
 * @param origins for example `https://shop.example`
 */
export function crossOrigin(origins: readonly string[]) {
  return (request: Request, response: Response, next: NextFunction): void => {
    const { origin } = request.headers;
    if (origins.length === 0 || origin === undefined) return next();
    response.vary('origin');
    if (!origins.includes(origin)) return next();
    response.set({
      'access-control-allow-origin': origin,
      'access-control-expose-headers': 'etag, location, retry-after, x-request-id',
    });
    if (request.method !== 'OPTIONS') return next();
    response
      .set({
        'access-control-allow-methods': 'GET, POST, PUT, PATCH, DELETE',
        'access-control-allow-headers':
          'authorization, content-type, idempotency-key, if-match, last-event-id',
        'access-control-max-age': '600',
      })
      .status(204)
      .end();
  };
}
