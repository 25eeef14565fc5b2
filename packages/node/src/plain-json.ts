import { GraftError } from '@graft/core';

/** The deepest real topologies (models nested in wrappers in models) stay below 60. */
const DEEPEST = 200;
const forbidden = new Set(['__proto__', 'constructor', 'prototype']);

/**
 * Parses JSON that someone else wrote: nothing nested without end, no keys that reach into prototypes.
 *
 * @param name the file, for the message
 * @throws GraftError `model/bad-json`
 *
 * @example
 * const manifest = parsePlainJson('{"format":"layers-model"}', 'model.json');
 */
export function parsePlainJson(text: string, name: string): unknown {
  const fault = (received: string, cause?: unknown) =>
    new GraftError('model/bad-json', `Expected "${name}" to be plain JSON. Received ${received}.`, {
      details: { file: name },
      ...(cause === undefined ? {} : { cause }),
    });
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw fault((error as Error).message, error);
  }
  // A list of work instead of recursion: depth must not be able to overflow the stack.
  const work: { readonly value: unknown; readonly depth: number }[] = [{ value, depth: 0 }];
  for (let next = work.pop(); next; next = work.pop()) {
    if (typeof next.value !== 'object' || next.value === null) continue;
    if (next.depth > DEEPEST) throw fault(`more than ${DEEPEST} levels`);
    for (const [key, inner] of Object.entries(next.value)) {
      if (forbidden.has(key)) throw fault(`the key "${key}"`);
      work.push({ value: inner, depth: next.depth + 1 });
    }
  }
  return value;
}
