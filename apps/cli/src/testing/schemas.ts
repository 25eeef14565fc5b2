import { readFileSync } from 'node:fs';
import * as z from 'zod';

/** Parses what a command printed: exactly one line of JSON that fits the published schema. */
export function parsed<T>(stdout: string, schema: string): T {
  const [line = '', ...rest] = stdout.split('\n');
  if (rest.join('') !== '') throw new Error(`more than one line: ${stdout}`);
  const text = readFileSync(new URL(`../../schema/${schema}.schema.json`, import.meta.url), 'utf8');
  return z.fromJSONSchema(JSON.parse(text)).parse(JSON.parse(line)) as T;
}
