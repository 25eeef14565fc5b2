import { type ErrorCode, GraftError } from '@graft/core';
import { shown } from './shown.js';

/** An archive that contradicts itself or the format. */
export function badArchive(received: string, cause?: unknown): GraftError {
  return new GraftError(
    'data/bad-archive',
    `Expected a zip file that is what it says. Received ${received}.`,
    {
      hint: 'Pack it again with a common zip program.',
      ...(cause === undefined ? {} : { cause }),
    },
  );
}

/** An archive that may be sound and is still not taken. */
export function refusedEntry(code: ErrorCode, expected: string, name: string, received: string): GraftError {
  return new GraftError(code, `Expected ${expected}. Received ${shown(name)}, ${received}.`, {
    details: { entry: name.slice(0, 1024) },
  });
}
