import * as z from 'zod';
import type { Task } from '../data/dataset.js';
import { type InputSpec, inputSpecSchema } from '../data/input-spec.js';

/** What a model.json says of itself under `userDefinedMetadata.graft`. */
export const modelMetadataSchema = z.object({
  name: z.string().min(1).nullable().default(null),
  inputSpec: inputSpecSchema.nullable().default(null),
  /** In output order. */
  labels: z.array(z.string()).nullable().default(null),
  /** The layer whose output a new head takes where nothing else is asked. */
  featureLayer: z.string().nullable().default(null),
  task: z.enum(['classify', 'multi-label', 'regress']).nullable().default(null),
});

export interface ModelMetadata {
  readonly name: string | null;
  readonly inputSpec: InputSpec | null;
  readonly labels: readonly string[] | null;
  readonly featureLayer: string | null;
  readonly task: Task | null;
}

/** The parts of a Teachable Machine `metadata.json` that matter here. */
const teachableMachineSchema = z.object({
  packageName: z.literal('@teachablemachine/image'),
  labels: z.array(z.string()).min(1),
  imageSize: z.int().positive().default(224),
  grayscale: z.boolean().default(false),
});

/**
 * What a Teachable Machine image export says in the metadata.json beside its model.json. Its pictures are
 * cropped to a centred square and scaled to [-1, 1] (googlecreativelab/teachablemachine-community, libraries/image).
 *
 * @returns null where the file is none of Teachable Machine's
 *
 * @example
 * teachableMachineMetadata(JSON.parse(text))?.labels; // ['cat', 'dog']
 */
export function teachableMachineMetadata(metadata: unknown): ModelMetadata | null {
  const parsed = teachableMachineSchema.safeParse(metadata);
  if (!parsed.success) return null;
  const { labels, imageSize, grayscale } = parsed.data;
  return {
    name: null,
    labels,
    task: 'classify',
    featureLayer: null,
    inputSpec: {
      width: imageSize,
      height: imageSize,
      channels: grayscale ? 1 : 3,
      range: [-1, 1],
      colorOrder: 'rgb',
      resize: 'crop',
      mean: 0,
      std: 1,
    },
  };
}
