import { randomBytes } from 'node:crypto';
import * as z from 'zod';

/** What people and programs may call things: lower case, short, and safe in a path, a URL and a shell. */
export const idSchema = z
  .string()
  .regex(/^[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?$/, 'Expected 1 to 64 of a-z, 0-9 and "-"');

/**
 * @example
 * newId('ftjob'); // 'ftjob-3k9x...', 80 random bits
 */
export function newId(prefix: string): string {
  return `${prefix}-${randomText(16)}`;
}

/** Letters and digits, 5 bits each. */
export function randomText(length: number): string {
  const alphabet = 'abcdefghijkmnpqrstuvwxyz23456789'; // 32 that nobody confuses
  return Array.from(randomBytes(length), (byte) => alphabet[byte & 31]).join('');
}
