import * as z from 'zod';
import { inputSpecSchema } from '../data/input-spec.js';
import { GraftError } from '../errors.js';
import { recipeSchema } from '../recipe/recipe.js';
import { weightProofSchema } from './freeze-proof.js';

const sha256Schema = z.string().regex(/^[0-9a-f]{64}$/);

const parametersSchema = z.strictObject({ trainable: z.int(), frozen: z.int(), total: z.int() });

const phaseReportSchema = z.strictObject({
  epochs: z.int().positive(),
  bestEpoch: z.int().positive(),
  seconds: z.number(),
  trainLoss: z.number(),
  validationLoss: z.number().nullable(),
  curve: z
    .array(
      z.strictObject({
        trainLoss: z.number(),
        validationLoss: z.number().nullable(),
        validationMetric: z.number().nullable(),
      }),
    )
    .min(1),
});

const classificationSchema = z.strictObject({
  task: z.enum(['classify', 'multi-label']),
  examples: z.int(),
  accuracy: z.number(),
  balancedAccuracy: z.number(),
  baselineAccuracy: z.number(),
  loss: z.number(),
  perClass: z.array(
    z.strictObject({
      label: z.string(),
      precision: z.number().nullable(),
      recall: z.number().nullable(),
      support: z.int(),
    }),
  ),
  confusion: z.array(z.array(z.int())).nullable(),
});

const regressionSchema = z.strictObject({
  task: z.literal('regress'),
  examples: z.int(),
  meanAbsoluteError: z.number(),
  rootMeanSquaredError: z.number(),
  r2: z.number().nullable(),
  baselineMeanAbsoluteError: z.number(),
  loss: z.number(),
});

/** run.json: what was done, with which data, how it went, and the hash of every weight before and after. */
export const runRecordSchema = z.strictObject({
  format: z.literal('graft-run'),
  version: z.literal(1),
  created: z.iso.datetime(),
  source: z.strictObject({
    name: z.string(),
    /** Where the source was read, as seen from the run; null for a built-in base or unknown. */
    path: z.string().nullable(),
  }),
  task: z.enum(['classify', 'multi-label', 'regress']),
  labels: z.array(z.string()).nullable(),
  inputSpec: inputSpecSchema.nullable(),
  /** Table columns that are answers, not inputs; null for pictures. */
  targetColumns: z.array(z.string()).nullable(),
  recipe: recipeSchema,
  pooling: z.string().nullable(),
  backend: z.string(),
  versions: z.record(z.string(), z.string()),
  examples: z.strictObject({ train: z.int(), validation: z.int() }),
  parameters: parametersSchema,
  phases: z.array(phaseReportSchema).min(1),
  validation: z.discriminatedUnion('task', [classificationSchema, regressionSchema]).nullable(),
  seconds: z.strictObject({ data: z.number(), features: z.number(), train: z.number() }),
  interrupted: z.boolean(),
  warnings: z.array(z.strictObject({ code: z.string(), message: z.string() })),
  weightsHash: sha256Schema,
  /** Of topology and metadata in model.json. */
  topologyHash: sha256Schema,
  weights: z.array(weightProofSchema),
});

export type RunRecord = z.infer<typeof runRecordSchema>;

/**
 * Reads a run record from plain data.
 *
 * @throws GraftError `model/bad-run-record`, naming the field
 */
export function parseRunRecord(value: unknown): RunRecord {
  const parsed = runRecordSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new GraftError(
    'model/bad-run-record',
    `Expected a valid run record. Received at ${issue?.path.join('.') || 'run.json'}: ${issue?.message}.`,
  );
}
