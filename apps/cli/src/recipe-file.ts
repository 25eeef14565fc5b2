import { readFile, stat } from 'node:fs/promises';
import { GraftError, parseRecipe, type Recipe } from '@graft/core';
import { parsePlainJson } from '@graft/node';

/** A run.json lists every weight: some MB. */
const mostJsonBytes = 16 * 2 ** 20;
/** The longest recipe has some 10 kB; the parser takes time by the square of the keys. */
const mostYamlBytes = 64 * 2 ** 10;
const mostAliases = 20;

/**
 * Reads a recipe from JSON or YAML; of a whole run.json its recipe.
 *
 * @throws GraftError `recipe/not-found`, `recipe/bad-file`, `recipe/invalid`
 */
export async function readRecipeFile(path: string): Promise<Recipe> {
  const text = await readText(path);
  const value = /^\s*\{/.test(text)
    ? parsePlainJson(text, path, 'recipe/bad-file')
    : await parseYaml(text, path);
  const isRun =
    typeof value === 'object' && value !== null && 'format' in value && value.format === 'graft-run';
  return parseRecipe(isRun && 'recipe' in value ? value.recipe : value);
}

async function readText(path: string): Promise<string> {
  let bytes: Uint8Array;
  try {
    const found = await stat(path);
    if (!found.isFile()) throw badFile(path, 'no regular file'); // a pipe or a device may never end
    if (found.size > mostJsonBytes) throw badFile(path, `${found.size} bytes, more than ${mostJsonBytes}`);
    bytes = await readFile(path);
  } catch (error) {
    if (error instanceof GraftError) throw error;
    throw new GraftError(
      'recipe/not-found',
      `Expected a recipe file. Received "${path}": ${(error as Error).message}.`,
      {
        details: { path },
        cause: error,
      },
    );
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (error) {
    throw badFile(path, 'bytes that are no UTF-8', error);
  }
}

async function parseYaml(text: string, path: string): Promise<unknown> {
  if (text.length > mostYamlBytes) throw badFile(path, `more than ${mostYamlBytes} characters of YAML`);
  try {
    const { parseDocument } = (await import('yaml')).default; // a CommonJS module
    // YAML 1.2 alone, whatever a %YAML line says: no tags but those of JSON's types, no merge keys.
    const document = parseDocument(text, {
      schema: 'core',
      resolveKnownTags: false,
      merge: false,
      logLevel: 'error',
    });
    const [problem] = [...document.errors, ...document.warnings]; // a warning is a tag that is not understood
    if (problem) throw problem;
    return document.toJS({ maxAliasCount: mostAliases });
  } catch (error) {
    throw badFile(path, (error as Error).message.split('\n')[0] ?? 'something else', error);
  }
}

function badFile(path: string, received: string, cause?: unknown): GraftError {
  return new GraftError(
    'recipe/bad-file',
    `Expected a recipe as JSON or YAML in "${path}". Received ${received}.`,
    {
      details: { path },
      ...(cause === undefined ? {} : { cause }),
    },
  );
}
