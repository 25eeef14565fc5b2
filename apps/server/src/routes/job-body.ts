import { recipeSchema } from '@graft/core';
import { tuneSchema } from '@graft/node/results';
import * as z from 'zod';
import { idSchema } from '../ids.js';
import type { JobRequest, JobRow } from '../jobs/job.js';

const auto = z.literal('auto');
const hyperparameters = z.strictObject({
  n_epochs: z.union([auto, z.int().positive().max(100_000)]).optional(),
  batch_size: z.union([auto, z.int().positive().max(65_536)]).optional(),
  /** Graft's rates are absolute: say `options.learningRate`. */
  learning_rate_multiplier: auto.optional(),
});

/** What is wished where the defaults do not please; the flags of `graft tune`. */
const options = z.strictObject({
  cut: z.string().min(1).max(256).optional(),
  remove: z.int().min(0).max(1000).optional(),
  head: recipeSchema.shape.head.optional(),
  freeze: z
    .union([
      z.enum(['backbone', 'nothing']),
      z.strictObject({ upTo: z.string().min(1) }),
      z.strictObject({ layers: z.array(z.string().min(1)).min(1) }),
      z.strictObject({ allBut: z.array(z.string().min(1)).min(1) }),
    ])
    .optional(),
  learningRate: z.number().positive().optional(),
  validation: z.number().min(0).max(0.9).optional(),
  target: z.array(z.string().min(1)).min(1).optional(),
  task: recipeSchema.shape.task.optional(),
  skipBad: z.boolean().optional(),
});

/** OpenAI's request, and beside it a `recipe` or `options` of ours. */
export const createJobSchema = z
  .strictObject({
    model: idSchema,
    training_file: idSchema,
    validation_file: idSchema.nullish(),
    suffix: idSchema.max(40).nullish(),
    seed: z.int().min(0).max(0xffff_ffff).nullish(),
    hyperparameters: hyperparameters.optional(),
    method: z
      .strictObject({
        type: z.literal('supervised'),
        supervised: z.strictObject({ hyperparameters: hyperparameters.optional() }).optional(),
      })
      .optional(),
    metadata: z
      .record(z.string().max(64), z.string().max(512))
      .refine((entries) => Object.keys(entries).length <= 16, 'at most 16 entries')
      .nullish(),
    integrations: z.array(z.never()).nullish(),
    recipe: recipeSchema.optional(),
    options: options.optional(),
  })
  .refine(
    ({ recipe, options: wished, seed, hyperparameters: hyper }) =>
      !(recipe && (wished || seed != null || hyper)),
    {
      path: ['recipe'],
      message: 'a recipe decides everything: leave out options, seed and hyperparameters',
    },
  );

export type CreateJob = z.infer<typeof createJobSchema>;

/** What the request asks for, in the words of the recipe. */
export function jobRequest(body: CreateJob): JobRequest {
  const { target, task, skipBad, ...wished } = body.options ?? {};
  const hyper = body.method?.supervised?.hyperparameters ?? body.hyperparameters ?? {};
  const chosen = <T>(value: T | 'auto' | null | undefined): T | undefined =>
    value === 'auto' || value === null ? undefined : value;
  const wishes = {
    ...wished,
    epochs: chosen(hyper.n_epochs),
    batchSize: chosen(hyper.batch_size),
    seed: chosen(body.seed),
  };
  return {
    model: body.model,
    trainingFile: body.training_file,
    validationFile: body.validation_file ?? null,
    recipe: body.recipe ?? { wishes },
    target: target ?? null,
    task: task ?? null,
    skipBad: skipBad ?? false,
    suffix: body.suffix ?? null,
    metadata: body.metadata ?? {},
  };
}

const seconds = z.int().nullable();

export const jobSchema = z.object({
  id: z.string(),
  object: z.literal('fine_tuning.job'),
  created_at: z.int(),
  finished_at: seconds,
  estimated_finish: seconds,
  model: z.string(),
  /** The model that came out, to be used as `model` anywhere. */
  fine_tuned_model: z.string().nullable(),
  organization_id: z.string(),
  status: z.enum(['queued', 'running', 'paused', 'succeeded', 'failed', 'cancelled']),
  training_file: z.string(),
  validation_file: z.string().nullable(),
  result_files: z.array(z.string()),
  trained_tokens: z.null(),
  seed: z.int(),
  hyperparameters: z.object({
    n_epochs: z.union([auto, z.int()]),
    batch_size: z.union([auto, z.int()]),
    learning_rate_multiplier: auto,
  }),
  metadata: z.record(z.string(), z.string()),
  error: z
    .object({
      code: z.string(),
      message: z.string(),
      param: z.string().nullable(),
      hint: z.string().nullable(),
    })
    .nullable(),
  /** How many jobs start before this one; null: it does not wait. */
  queue_position: z.int().nullable(),
  /** Share done, 0 to 1, and seconds left where they can be told. */
  progress: z.object({ share: z.number(), seconds_left: z.number().nullable() }).nullable(),
  /** How often it was started; more than once after a crash. */
  attempt: z.int(),
  /** What `graft tune --json` prints. */
  result: tuneSchema.nullable(),
});

const wholeSeconds = (milliseconds: number | null) =>
  milliseconds === null ? null : Math.floor(milliseconds / 1000);

export function jobBody(
  { id, tenant, createdAt, updatedAt, state, body }: JobRow,
  queuePosition: number | null,
): z.infer<typeof jobSchema> {
  const { request, progress, error } = body;
  const { recipe } = request;
  const left = progress?.secondsLeft ?? null;
  const wished =
    'wishes' in recipe
      ? recipe.wishes
      : { seed: recipe.seed, batchSize: recipe.batchSize, epochs: recipe.phases[0]?.epochs };
  return {
    id,
    object: 'fine_tuning.job',
    created_at: Math.floor(createdAt / 1000),
    finished_at: wholeSeconds(body.finishedAt),
    estimated_finish: state === 'running' && left !== null ? wholeSeconds(updatedAt + left * 1000) : null,
    model: request.model,
    fine_tuned_model: body.model,
    organization_id: tenant,
    status: state as z.infer<typeof jobSchema>['status'],
    training_file: request.trainingFile,
    validation_file: request.validationFile,
    result_files: [],
    trained_tokens: null,
    seed: wished.seed ?? 0,
    hyperparameters: {
      n_epochs: wished.epochs ?? 'auto',
      batch_size: wished.batchSize ?? 'auto',
      learning_rate_multiplier: 'auto',
    },
    metadata: { ...request.metadata },
    error: error && { code: error.code, message: error.message, param: null, hint: error.hint },
    queue_position: queuePosition,
    progress: state === 'running' && progress ? { share: progress.share, seconds_left: left } : null,
    attempt: body.attempt,
    result: body.result,
  };
}
