import { GraftError } from '@graft/core';
import type { io } from '@tensorflow/tfjs-core';
import * as z from 'zod';

const bytesPerValue = { float32: 4, int32: 4, bool: 1, float16: 2, uint16: 2, uint8: 1 } as const;

const quantizationSchema = z.discriminatedUnion('dtype', [
  z.looseObject({ dtype: z.enum(['uint8', 'uint16']), scale: z.number(), min: z.number() }),
  z.looseObject({ dtype: z.literal('float16') }),
]);

const weightSchema = z.looseObject({
  name: z.string().min(1).max(4096),
  shape: z
    .array(
      z
        .int()
        .min(0)
        .max(2 ** 31),
    )
    .max(16),
  dtype: z.enum(['float32', 'int32', 'bool']),
  quantization: quantizationSchema.exactOptional(),
});

/** `weightsManifest` of a model.json: groups of weights, each stored in one or more files end to end. */
export const weightGroupsSchema = z
  .array(
    z.looseObject({ paths: z.array(z.string()).max(65_536), weights: z.array(weightSchema).max(1_000_000) }),
  )
  .max(65_536);

export type WeightGroup = z.infer<typeof weightGroupsSchema>[number];

/** 2 GB: more does not fit one ArrayBuffer that all backends take. */
const MOST_WEIGHT_BYTES = 2 ** 31;

/**
 * How many bytes the weights take as stored.
 *
 * @throws GraftError `model/too-large` before anything of that size is allocated
 */
export function declaredBytes(weights: readonly io.WeightsManifestEntry[]): number {
  let total = 0;
  for (const { name, shape, dtype, quantization } of weights) {
    const stored = (quantization?.dtype ?? dtype) as keyof typeof bytesPerValue;
    total += shape.reduce((product, n) => product * n, bytesPerValue[stored]);
    if (!(total <= MOST_WEIGHT_BYTES)) {
      throw new GraftError(
        'model/too-large',
        `Expected weights of at most ${MOST_WEIGHT_BYTES} bytes. Received more, with "${name}" of shape [${shape.join(', ')}].`,
        { details: { weight: name, shape } },
      );
    }
  }
  return total;
}

/**
 * A weight file's name, which must be plain: a file in the model's own directory and nothing that some layer below
 * could take for a path.
 *
 * @throws GraftError `model/bad-path`
 */
export function checkWeightPath(path: string): void {
  if (/[/\\%:\p{Cc}]/u.test(path) || /^\.*$/.test(path) || Buffer.byteLength(path) > 255) {
    throw new GraftError(
      'model/bad-path',
      `Expected weightsManifest.paths to be plain file names beside model.json. Received ${JSON.stringify(path)}.`,
      { details: { path } },
    );
  }
}
