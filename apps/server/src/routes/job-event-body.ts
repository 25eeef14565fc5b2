import * as z from 'zod';
import type { JobRow } from '../jobs/job.js';
import type { HistoryEntry } from '../stores/records.js';

export const eventSchema = z.object({
  id: z.string(),
  object: z.literal('fine_tuning.job.event'),
  created_at: z.int(),
  level: z.enum(['info', 'warn', 'error']),
  type: z.enum(['message', 'metrics']),
  message: z.string(),
  /** The event itself, as `graft tune --events ndjson` tells it. */
  data: z.record(z.string(), z.unknown()),
});

type Fact = Readonly<Record<string, unknown>> & { readonly type: string };

export function eventBody(job: string, { sequence, at, body }: HistoryEntry): z.infer<typeof eventSchema> {
  const fact = body as Fact;
  return {
    id: `ftevent-${job.replace(/^ftjob-/, '')}-${sequence}`,
    object: 'fine_tuning.job.event',
    created_at: Math.floor(at / 1000),
    level: fact.type === 'warning' ? 'warn' : fact.type === 'failed' ? 'error' : 'info',
    type: fact.type === 'epoch' || fact.type === 'step' ? 'metrics' : 'message',
    message: messageOf(fact),
    data: fact,
  };
}

function messageOf(fact: Fact): string {
  const { type, message, phase, epoch, epochs, step, steps, done, total, trainLoss, validationLoss, loss } =
    fact;
  switch (type) {
    case 'warning':
      return String(message);
    case 'epoch':
      return `Phase ${phase}, epoch ${epoch} of ${epochs}: loss ${rounded(trainLoss)}, on held-out examples ${rounded(validationLoss)}`;
    case 'step':
      return `Phase ${phase}, epoch ${epoch}, step ${step} of ${steps}: loss ${rounded(loss)}`;
    case 'data':
      return `${done} of ${total} examples checked`;
    case 'features':
      return `Features of ${done} of ${total} examples computed`;
    case 'phase':
      return `Phase ${phase} began, ${epochs} epochs`;
    case 'start':
      return `Fine-tuning began, cut at ${String(fact.cut)}`;
    case 'end':
      return 'Training ended';
    case 'running':
      return `Started, attempt ${String(fact.attempt)}`;
    case 'requeued':
      return `The worker of attempt ${String(fact.attempt)} fell silent; the job waits to be run again`;
    default:
      return stateMessages[type] ?? type;
  }
}

const stateMessages: Readonly<Record<string, string>> = {
  queued: 'The job waits for a worker',
  paused: 'The job was paused',
  succeeded: 'The job succeeded',
  failed: 'The job failed',
  cancelled: 'The job was cancelled',
};

const rounded = (value: unknown): string => (typeof value === 'number' ? value.toPrecision(4) : 'unknown');

export const checkpointSchema = z.object({
  id: z.string(),
  object: z.literal('fine_tuning.job.checkpoint'),
  created_at: z.int(),
  fine_tuning_job_id: z.string(),
  fine_tuned_model_checkpoint: z.string(),
  step_number: z.int(),
  metrics: z.record(z.string(), z.number()),
});

/** The best epoch of the last phase, which is what the model holds; null while there is none. */
export function checkpointBody({ id, body, updatedAt }: JobRow): z.infer<typeof checkpointSchema> | null {
  const { result, model, finishedAt } = body;
  const phase = result?.phases.at(-1);
  if (!result || !phase || !model) return null;
  const measured = { train_loss: phase.trainLoss, valid_loss: phase.validationLoss, ...result.validation };
  const metrics = Object.entries(measured).filter(
    (entry): entry is [string, number] => typeof entry[1] === 'number',
  );
  return {
    id: `ftckpt-${id.replace(/^ftjob-/, '')}`,
    object: 'fine_tuning.job.checkpoint',
    created_at: Math.floor((finishedAt ?? updatedAt) / 1000),
    fine_tuning_job_id: id,
    fine_tuned_model_checkpoint: model,
    step_number: phase.bestEpoch,
    metrics: Object.fromEntries(metrics),
  };
}
