import { GraftError } from '@graft/core';

/** Three such parts and a time fit into an entry of a PostgreSQL index (2704 bytes) even at 3 bytes a character. */
const LONGEST = 255;

/**
 * Whether every store keeps this name as it is. PostgreSQL cannot hold NUL, and UTF-8 cannot hold half of a surrogate
 * pair: it would be replaced, and two names would become one.
 */
export function storable(name: string): boolean {
  return name.length > 0 && name.length <= LONGEST && !/[\0\p{Surrogate}]/u.test(name);
}

/** @throws GraftError `usage/row-key` */
export function checkNames(names: readonly string[]): void {
  const refused = names.find((name) => !storable(name));
  if (refused === undefined) return;
  throw new GraftError(
    'usage/row-key',
    `Expected a name of 1 to ${LONGEST} well-formed characters. Received ${JSON.stringify(refused.slice(0, 40))}${refused.length > 40 ? '...' : ''} (${refused.length} characters).`,
    { hint: 'Use letters, digits and dashes.' },
  );
}

/** @throws GraftError `usage/row-body` if JSON has no form for it */
export function toJson(body: unknown): string {
  const json: string | undefined = JSON.stringify(body);
  if (json !== undefined) return json;
  throw new GraftError('usage/row-body', `Expected plain JSON. Received ${typeof body}.`);
}
