import * as z from 'zod';
import { inputSpecSchema } from '../data/input-spec.js';

/** Which of the pretrained layers keep their weights while a phase trains. Names are those that `inspect` prints. */
const freezePlanSchema = z.union([
  z.enum(['backbone', 'nothing']),
  z.strictObject({ upTo: z.string().min(1) }),
  z.strictObject({ layers: z.array(z.string().min(1)).min(1) }),
  z.strictObject({ allBut: z.array(z.string().min(1)).min(1) }),
]);

const headSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('linear') }),
  z.strictObject({
    kind: z.literal('hidden'),
    units: z.array(z.int().positive().max(65_536)).min(1).max(8),
    dropout: z.number().min(0).max(0.9).default(0.2),
  }),
  /** The pretrained model's own last layers, their weights as the start. */
  z.strictObject({ kind: z.literal('keep') }),
]);

const optimizerSchema = z.discriminatedUnion('name', [
  z.strictObject({
    name: z.literal('sgd'),
    momentum: z.number().min(0).lt(1).default(0.9),
    nesterov: z.boolean().default(false),
    weightDecay: z.number().min(0).default(0),
  }),
  z.strictObject({
    name: z.literal('adam'),
    beta1: z.number().min(0).lt(1).default(0.9),
    beta2: z.number().min(0).lt(1).default(0.999),
    epsilon: z.number().positive().default(1e-7),
  }),
  z.strictObject({
    name: z.literal('adamw'),
    beta1: z.number().min(0).lt(1).default(0.9),
    beta2: z.number().min(0).lt(1).default(0.999),
    epsilon: z.number().positive().default(1e-7),
    weightDecay: z.number().min(0).default(0.01),
  }),
]);

const scheduleSchema = z.discriminatedUnion('name', [
  z.strictObject({ name: z.literal('constant') }),
  /** Linear warm-up over the given share of the steps, then half a cosine down to 0. */
  z.strictObject({ name: z.literal('cosine'), warmUp: z.number().min(0).lt(1).default(0.1) }),
  /** Up to the rate over `peak` of the steps, then down to rate / 1e5, both by half cosines. */
  z.strictObject({
    name: z.literal('one-cycle'),
    peak: z.number().gt(0).lt(1).default(0.25),
    div: z.number().gt(1).default(25),
  }),
]);

export const phaseSchema = z.strictObject({
  freeze: freezePlanSchema.default('backbone'),
  epochs: z.int().positive().max(100_000),
  learningRate: z.number().positive(),
  /** The learning rate of layers whose name matches is multiplied by `scale`; the first match counts. */
  rates: z.array(z.strictObject({ layers: z.string().min(1), scale: z.number().positive() })).default([]),
  optimizer: optimizerSchema,
  schedule: scheduleSchema,
  /** Adds `l2 / 2` times the sum of squares of the new layers' kernels to the loss, in the units they train in. */
  l2: z.number().min(0).default(0),
  /** The gradient's global norm is clipped to this; null: never. */
  clipNorm: z.number().positive().nullable().default(1),
  /** What pretrained BatchNormalization layers above the freeze line do; new ones always train. */
  batchNorm: z.enum(['frozen', 'train']).default('frozen'),
  /** Stop after so many epochs without a new best; null: never. */
  patience: z.int().positive().nullable().default(null),
});

export const recipeSchema = z.strictObject({
  /** The layer to keep as the last of the backbone. */
  cut: z.string().min(1),
  head: headSchema,
  task: z.enum(['classify', 'multi-label', 'regress']),
  /** The last activation; sigmoid with `classify` is one unit for two labels. */
  output: z.enum(['softmax', 'sigmoid', 'linear']),
  phases: z.array(phaseSchema).min(1).max(16),
  /** Share of the examples that is held out, stratified by label; 0: none. Not used where the data has its own. */
  validation: z.number().min(0).max(0.9),
  batchSize: z.int().positive().max(65_536),
  seed: z.int().min(0).max(0xffff_ffff),
  classWeights: z.enum(['none', 'balanced']),
  labelSmoothing: z.number().min(0).lt(1),
  inputSpec: inputSpecSchema.nullable(),
});

/** Everything that decides a run, as plain data. */
export type Recipe = z.infer<typeof recipeSchema>;
export type Phase = z.infer<typeof phaseSchema>;
/** A phase as written: fields with a default may be left out. */
export type PhaseInput = z.input<typeof phaseSchema>;
export type FreezePlan = z.infer<typeof freezePlanSchema>;
export type HeadSpec = z.infer<typeof headSchema>;
export type OptimizerSpec = z.infer<typeof optimizerSchema>;
export type ScheduleSpec = z.infer<typeof scheduleSchema>;
