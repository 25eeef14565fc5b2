import { inputSpecSchema } from '@graft/core';
import { z } from 'zod';

const shape = z.array(z.int().nonnegative().nullable());
const sha256 = z.string().regex(/^[0-9a-f]{64}$/);
const share = z.number().min(0).max(1);
const count = z.int().nonnegative();

/** `graft inspect --json` */
export const inspectSchema = z.strictObject({
  name: z.string(),
  parameters: count,
  layers: z.array(
    z.strictObject({
      name: z.string(),
      className: z.string(),
      outputShape: shape,
      parameters: count,
      multiplyAdds: count.nullable(),
      cutPoint: z.boolean(),
    }),
  ),
  cutPoints: z.array(z.string()),
  inputSpec: inputSpecSchema.nullable(),
  outputShape: shape,
});

const proof = { checked: count, identical: count, trained: count, unmoved: count, failed: count };

const regression = {
  meanAbsoluteError: z.number(),
  rootMeanSquaredError: z.number(),
  r2: z.number().nullable(),
  baselineMeanAbsoluteError: z.number(),
};

/** `graft tune --json` */
export const tuneSchema = z.strictObject({
  out: z.string(),
  backend: z.string(),
  /** In output order; null for regression. */
  classes: z.array(z.string()).nullable(),
  examples: z.strictObject({ train: count, validation: count }),
  cut: z.string(),
  parameters: z.strictObject({ trainable: count, frozen: count, total: count }),
  freeze: z.strictObject(proof),
  phases: z.array(
    z.strictObject({
      epochs: z.int().positive(),
      bestEpoch: z.int().positive(),
      seconds: z.number(),
      trainLoss: z.number(),
      validationLoss: z.number().nullable(),
    }),
  ),
  /** null where nothing was held out. */
  validation: z
    .union([
      z.strictObject({ accuracy: share, balancedAccuracy: share, loss: z.number(), baselineAccuracy: share }),
      z.strictObject(regression),
    ])
    .nullable(),
  seconds: z.strictObject({ data: z.number(), features: z.number(), train: z.number(), total: z.number() }),
  peakMemoryMB: z.number(),
  weightsHash: sha256,
  interrupted: z.boolean(),
  warnings: z.array(z.strictObject({ code: z.string(), message: z.string() })),
});

/** `graft evaluate --json` */
export const evaluateSchema = z.union([
  z.strictObject({
    examples: count,
    accuracy: share,
    balancedAccuracy: share,
    baselineAccuracy: share,
    loss: z.number(),
    classes: z.array(z.string()),
    perClass: z.array(
      z.strictObject({
        label: z.string(),
        precision: share.nullable(),
        recall: share.nullable(),
        support: count,
      }),
    ),
    /** [true][predicted], in the order of `classes`; null for multi-label. */
    confusion: z.array(z.array(count)).nullable(),
  }),
  z.strictObject({ examples: count, ...regression }),
]);

const place = { file: z.string(), row: z.int().positive().nullable() };

/** `graft predict --json` */
export const predictSchema = z.union([
  z.array(
    z.strictObject({
      ...place,
      predictions: z.array(z.strictObject({ label: z.string(), probability: share })),
    }),
  ),
  z.array(z.strictObject({ ...place, value: z.number() })),
]);

/** `graft verify --json` */
export const verifySchema = z.strictObject({ source: z.string(), ...proof, match: z.boolean() });

/** `graft doctor --json` */
export const doctorSchema = z.strictObject({
  node: z.string(),
  platform: z.string(),
  backends: z.array(
    z.strictObject({
      name: z.string(),
      usable: z.boolean(),
      reason: z.string().nullable(),
      selfTest: z.enum(['passed', 'failed']).nullable(),
      version: z.string().nullable(),
    }),
  ),
});

/** What every command prints with --json where it fails. */
export const errorSchema = z.strictObject({
  error: z.strictObject({
    code: z.string(),
    message: z.string(),
    hint: z.string().nullable(),
    details: z.json(),
  }),
});

export type InspectResult = z.infer<typeof inspectSchema>;
export type TuneResult = z.infer<typeof tuneSchema>;
export type EvaluateResult = z.infer<typeof evaluateSchema>;
export type PredictResult = z.infer<typeof predictSchema>;
export type VerifyResult = z.infer<typeof verifySchema>;
export type DoctorResult = z.infer<typeof doctorSchema>;
