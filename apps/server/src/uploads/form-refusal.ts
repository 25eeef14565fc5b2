import { GraftError } from '@graft/core';

/** A request that is no form, or none that is taken. */
export function badForm(received: string, hint?: string, cause?: unknown): GraftError {
  return new GraftError(
    'data/bad-form',
    `Expected a form as multipart/form-data (RFC 7578). Received ${received}.`,
    {
      ...(hint === undefined ? {} : { hint }),
      ...(cause === undefined ? {} : { cause }),
    },
  );
}
