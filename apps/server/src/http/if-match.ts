import type { IncomingMessage } from 'node:http';
import type { Row } from '../stores/records.js';
import { Problem } from './problem.js';

/** The ETag of a row. */
export const etagOf = ({ version }: Row): string => `"${version}"`;

/**
 * Refuses a change of something that is not as the client saw it.
 *
 * @param needed whether a request without If-Match is refused as well
 * @throws Problem 412, 428
 */
export function checkIfMatch(request: IncomingMessage, row: Row, needed: 'needed' | 'optional'): void {
  const given = request.headers['if-match'];
  if (given === undefined) {
    if (needed === 'optional') return;
    throw new Problem(
      428,
      'if-match-needed',
      'Expected If-Match. Received a change that does not say what it changes.',
      {
        field: 'If-Match',
        hint: 'GET it first, and send its ETag as If-Match.',
      },
    );
  }
  const tags = given.split(',').map((tag) => tag.trim());
  if (tags.includes('*') || tags.includes(etagOf(row))) return;
  throw new Problem(
    412,
    'changed-meanwhile',
    `Expected ${etagOf(row)} in If-Match. Received ${given.slice(0, 100)}.`,
    {
      field: 'If-Match',
      hint: 'Somebody changed it: GET it again, and decide again.',
    },
  );
}
