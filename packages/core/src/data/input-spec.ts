import * as z from 'zod';

const channelValues = z.union([z.number(), z.array(z.number()).min(1).max(4)]);

/**
 * What a model expects of a picture. The order of work is fixed: resize, scale 0..255 to `range`, order the
 * channels, then `(x - mean) / std` in the model's channel order.
 */
export const inputSpecSchema = z.strictObject({
  width: z.int().positive().max(8192),
  height: z.int().positive().max(8192),
  /** 1 (luminance) or 3. */
  channels: z.union([z.literal(1), z.literal(3)]),
  /** The values of black and white before mean and std, for example [0, 255], [0, 1] or [-1, 1]. */
  range: z.tuple([z.number(), z.number()]),
  colorOrder: z.enum(['rgb', 'bgr']),
  /** `stretch` to width x height, or `crop` the largest centred rectangle of that aspect ratio first. */
  resize: z.enum(['stretch', 'crop']),
  /** One number for all channels, or one a channel in the model's order. */
  mean: channelValues,
  std: channelValues,
});

export type InputSpec = z.infer<typeof inputSpecSchema>;
