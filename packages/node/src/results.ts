import { inputSpecSchema } from '@graft/core';
import * as z from 'zod';

// What terminal and HTTP answer with: one shape for both.

const shape = z.array(z.int().nonnegative().nullable());
const sha256 = z.string().regex(/^[0-9a-f]{64}$/);
const share = z.number().min(0).max(1);
const count = z.int().nonnegative();

/** What a model is made of. */
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

/** How many weights of a run were checked, and what became of them. */
export const proofCounts = {
  checked: count,
  identical: count,
  trained: count,
  unmoved: count,
  failed: count,
};

const regression = {
  meanAbsoluteError: z.number(),
  rootMeanSquaredError: z.number(),
  r2: z.number().nullable(),
  baselineMeanAbsoluteError: z.number(),
};

/** What came out of fine-tuning. */
export const tuneSchema = z.strictObject({
  out: z.string(),
  backend: z.string(),
  /** In output order; null for regression. */
  classes: z.array(z.string()).nullable(),
  examples: z.strictObject({ train: count, validation: count }),
  cut: z.string(),
  parameters: z.strictObject({ trainable: count, frozen: count, total: count }),
  freeze: z.strictObject(proofCounts),
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

/** How well a model answers to examples whose answers are known. */
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

/** What a model answers. */
export const predictSchema = z.union([
  z.array(
    z.strictObject({
      ...place,
      predictions: z.array(z.strictObject({ label: z.string(), probability: share })),
    }),
  ),
  z.array(z.strictObject({ ...place, value: z.number() })),
]);

export type InspectResult = z.infer<typeof inspectSchema>;
export type TuneResult = z.infer<typeof tuneSchema>;
export type EvaluateResult = z.infer<typeof evaluateSchema>;
export type PredictResult = z.infer<typeof predictSchema>;
