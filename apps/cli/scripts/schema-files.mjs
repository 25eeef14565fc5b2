import { recipeSchema, runRecordSchema } from '@graft/core';
import { evaluateSchema, inspectSchema, predictSchema, tuneSchema } from '@graft/node/results';
import * as z from 'zod';
import { doctorSchema, errorSchema, verifySchema } from '../dist/modules/json-schemas.js';

const schemas = {
  doctor: doctorSchema,
  error: errorSchema,
  evaluate: evaluateSchema,
  inspect: inspectSchema,
  predict: predictSchema,
  recipe: recipeSchema,
  'run-record': runRecordSchema,
  tune: tuneSchema,
  verify: verifySchema,
};

/** The published files by name. A recipe is what a person writes, with defaults left out; the rest is what is read. */
export function schemaFiles() {
  return Object.fromEntries(
    Object.entries(schemas).map(([name, schema]) => {
      const json = z.toJSONSchema(schema, { io: name === 'recipe' ? 'input' : 'output' });
      return [`${name}.schema.json`, `${JSON.stringify({ ...json, title: `graft ${name}` }, null, 2)}\n`];
    }),
  );
}
