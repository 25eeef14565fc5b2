import * as z from 'zod';
import type { ModelRow } from '../models/model.js';

export const modelSchema = z.object({
  id: z.string(),
  object: z.literal('graft.model'),
  created_at: z.int(),
  bytes: z.int(),
  task: z.string().nullable(),
  labels: z.array(z.string()).nullable(),
  /** The model and the job that it came from; null: uploaded. */
  source: z.object({ model: z.string(), job: z.string() }).nullable(),
  weights_hash: z.string().nullable(),
  tags: z.record(z.string(), z.string()),
  files: z.array(z.object({ name: z.string(), bytes: z.int(), sha256: z.string() })),
});

export function modelBody({ id, createdAt, body }: ModelRow): z.infer<typeof modelSchema> {
  const { bytes, task, labels, source, weightsHash, tags, files } = body;
  return {
    id,
    object: 'graft.model',
    created_at: Math.floor(createdAt / 1000),
    bytes,
    task,
    labels: labels && [...labels],
    source,
    weights_hash: weightsHash,
    tags: { ...tags },
    files: files.map((file) => ({ ...file })),
  };
}
