import { type ErrorCode, GraftError } from '@graft/core';

/** The deepest real topologies (models nested in wrappers in models) stay below 60. */
const DEEPEST = 200;
/** The largest networks that people share need some 200,000; ten million would fill the heap. */
const MOST_VALUES = 2_000_000;
const forbidden = new Set(['__proto__', 'constructor', 'prototype']);

/**
 * Parses JSON that someone else wrote: nothing nested without end, no values without number, no key twice in one
 * object, no keys that reach into prototypes.
 *
 * @param name the file, for the message
 * @param code of the error; default `model/bad-json`
 * @throws GraftError with that code
 *
 * @example
 * const manifest = parsePlainJson('{"format":"layers-model"}', 'model.json');
 */
export function parsePlainJson(text: string, name: string, code: ErrorCode = 'model/bad-json'): unknown {
  const fault = (received: string) =>
    new GraftError(code, `Expected "${name}" to be plain JSON. Received ${received}.`, {
      details: { file: name },
    });
  // Before it is parsed: afterwards the memory is taken.
  const written = measure(text);
  if (written.depth > DEEPEST) throw fault(`more than ${DEEPEST} levels`);
  if (written.values > MOST_VALUES) throw fault(`more than ${MOST_VALUES} values`);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    // Without the piece of the text that the message quotes: the path may be one that a model file chose.
    throw fault((error as Error).message.replace(/, (\.\.\.)?".*is not valid JSON$/s, ''));
  }
  let keys = 0;
  const visit = (inner: unknown): void => {
    if (typeof inner !== 'object' || inner === null) return;
    for (const key of Array.isArray(inner) ? [] : Object.keys(inner)) {
      if (forbidden.has(key)) throw fault(`the key "${key}"`);
      keys++;
    }
    for (const item of Object.values(inner)) visit(item);
  };
  visit(value);
  if (keys < written.keys) throw fault('a key twice in one object'); // JSON.parse keeps the last
  return value;
}

/** Levels, values and keys of a JSON text, by its brackets, commas and colons outside of strings. */
function measure(text: string): { depth: number; values: number; keys: number } {
  const found = { depth: 0, values: 1, keys: 0 };
  let depth = 0;
  let quoted = false;
  for (let i = 0; i < text.length; i++) {
    const character = text[i];
    if (character === '"') quoted = !quoted;
    else if (quoted) i += character === '\\' ? 1 : 0;
    else if (character === '{' || character === '[') found.depth = Math.max(found.depth, ++depth);
    else if (character === '}' || character === ']') depth--;
    else if (character === ',') found.values++;
    else if (character === ':') found.keys++;
  }
  return found;
}
