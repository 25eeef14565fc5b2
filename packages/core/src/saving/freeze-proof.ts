import type * as tf from '@tensorflow/tfjs-core';
import * as z from 'zod';
import { GraftError } from '../errors.js';
import { splitWeights, valueBytes, weightsOf } from '../model/stored-weights.js';
import type { TransferModel } from '../model/transfer-model.js';
import { sourceOf } from './artifacts.js';
import { sha256 } from './hash.js';

/**
 * What became of one weight. identical: frozen, and byte for byte the source's. trained: free, and moved.
 * unmoved: free, but did not move. failed: frozen, but moved.
 */
export const weightProofSchema = z.strictObject({
  name: z.string(),
  /** The layer in the source; null for weights of a new head. */
  source: z.string().nullable(),
  shape: z.array(z.int().nonnegative()),
  frozen: z.boolean(),
  /** SHA-256 of the values as float32 (or int32) bytes, dequantised alike on both sides. */
  before: z.string(),
  after: z.string(),
});

export type WeightProof = z.infer<typeof weightProofSchema>;
export type WeightFate = 'identical' | 'trained' | 'unmoved' | 'failed';

export interface FreezeProof {
  readonly checked: number;
  readonly identical: number;
  readonly trained: number;
  readonly unmoved: number;
  readonly failed: number;
}

export function fateOf({ frozen, before, after }: WeightProof): WeightFate {
  const moved = before !== after;
  if (frozen) return moved ? 'failed' : 'identical';
  return moved ? 'trained' : 'unmoved';
}

export function countFates(weights: readonly WeightProof[]): FreezeProof {
  const proof = { checked: weights.length, identical: 0, trained: 0, unmoved: 0, failed: 0 };
  for (const weight of weights) proof[fateOf(weight)]++;
  return proof;
}

/**
 * "158 of 160 weights bit-identical, 2 trained".
 *
 * @example
 * describeProof({ checked: 160, identical: 158, trained: 2, unmoved: 0, failed: 0 });
 */
export function describeProof({ checked, identical, trained, unmoved, failed }: FreezeProof): string {
  const parts = [`${identical} of ${checked} weights bit-identical`, `${trained} trained`];
  if (unmoved) parts.push(`${unmoved} free but unmoved`);
  if (failed) parts.push(`${failed} frozen but moved`);
  return parts.join(', ');
}

/**
 * Proves what a run changed. "Before" is hashed from the source's bytes (for a new head: its first values),
 * "after" from the written run.
 *
 * @param written what was saved, read again from where it was written
 * @returns one entry a weight, in model order; nothing is thrown for weights that failed
 * @throws GraftError `proof/not-as-saved` where the written weights are not the model's
 *
 * @example
 * const weights = await proveFreeze(model, await modelDirectory(out).load());
 * countFates(weights).failed; // 0
 */
export async function proveFreeze(
  model: TransferModel,
  written: tf.io.ModelArtifacts,
): Promise<WeightProof[]> {
  const stored = splitWeights(written);
  const named = weightsOf(model.graph);
  return Promise.all(
    named.map(async (weight, index) => {
      const after = stored[index];
      if (!after || after.spec.name !== weight.name) {
        throw new GraftError(
          'proof/not-as-saved',
          `Expected weight "${weight.name}" in the written run. Received ${after ? `"${after.spec.name}"` : 'nothing'}.`,
        );
      }
      const source = sourceOf(model, weight);
      const first = model.initialHead.get(weight.name);
      const before = source ? valueBytes(source) : new Uint8Array(first?.buffer ?? new ArrayBuffer(0));
      return {
        name: weight.name,
        source: source ? weight.layer : null,
        shape: after.spec.shape,
        frozen: !model.everTrainable.has(weight.name),
        before: await sha256(before),
        after: await sha256(valueBytes(after)),
      };
    }),
  );
}
