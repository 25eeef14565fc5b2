import { GraftError } from '@graft/core';

const LONGEST = 512;
const part = '[A-Za-z0-9_-][A-Za-z0-9._-]{0,127}';
const key = new RegExp(`^${part}(?:/${part})*$`);
const prefix = new RegExp(`^(?:${part}/)*(?:${part})?$`);

/** @throws GraftError `usage/blob-key` */
export function checkKey(text: string): void {
  if (text.length > LONGEST || !key.test(text)) throw refused(text);
}

/** A key up to any of its characters; also none. */
export function checkPrefix(text: string): void {
  if (text.length > LONGEST || !prefix.test(text)) throw refused(text);
}

function refused(text: string): GraftError {
  return new GraftError(
    'usage/blob-key',
    `Expected up to ${LONGEST} characters in parts of A-Z a-z 0-9 . _ - that do not begin with a dot. Received ${JSON.stringify(text.slice(0, 80))}.`,
    { hint: 'Make the key from a hash.' },
  );
}
