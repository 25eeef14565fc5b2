import type * as z from 'zod';
import { GraftError } from '../errors.js';
import { type Phase, phaseSchema, type Recipe, recipeSchema } from './recipe.js';

/**
 * Reads a recipe from plain data.
 *
 * @throws GraftError `recipe/invalid`, naming the field
 */
export function parseRecipe(value: unknown): Recipe {
  return parse(recipeSchema, 'recipe', value);
}

/**
 * Reads one phase from plain data; what it leaves out gets the schema's default.
 *
 * @throws GraftError `recipe/invalid`, naming the field
 *
 * @example
 * parsePhase({ epochs: 5, learningRate: 0.01, optimizer: { name: 'adam' }, schedule: { name: 'constant' } });
 */
export function parsePhase(value: unknown): Phase {
  return parse(phaseSchema, 'phase', value);
}

function parse<Schema extends z.ZodType>(schema: Schema, what: string, value: unknown): z.output<Schema> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const issues = parsed.error.issues.map(({ path, message }) => ({ field: path.join('.') || what, message }));
  const [first] = issues;
  throw new GraftError(
    'recipe/invalid',
    `Expected a valid ${what}. Received at ${first?.field}: ${first?.message}.`,
    {
      hint: 'The published JSON Schema (recipe.schema.json) lists all fields.',
      details: { field: first?.field ?? what, issues },
    },
  );
}
