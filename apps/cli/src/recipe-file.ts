import { readFile, stat } from 'node:fs/promises';
import { GraftError, parseRecipe, type Recipe } from '@graft/core';

const mostBytes = 64 * 2 ** 20; // a run.json lists every weight
const mostAliases = 20;

/**
 * Reads a recipe from JSON or YAML; of a whole run.json its recipe.
 *
 * @throws GraftError `recipe/not-found`, `recipe/bad-file`, `recipe/invalid`
 */
export async function readRecipeFile(path: string): Promise<Recipe> {
  const value = await parseText(await readText(path), path);
  const isRun =
    typeof value === 'object' && value !== null && 'format' in value && value.format === 'graft-run';
  return parseRecipe(isRun && 'recipe' in value ? value.recipe : value);
}

async function readText(path: string): Promise<string> {
  try {
    const { size } = await stat(path);
    if (size > mostBytes) throw badFile(path, `${size} bytes, more than ${mostBytes}`);
    return await readFile(path, 'utf8');
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
}

async function parseText(text: string, path: string): Promise<unknown> {
  try {
    if (/^\s*\{/.test(text)) return JSON.parse(text);
    const { parseDocument } = await import('yaml');
    const document = parseDocument(text, { logLevel: 'silent' });
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
