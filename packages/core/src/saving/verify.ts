import type * as tf from '@tensorflow/tfjs-core';
import type { PretrainedModel } from '../model/pretrained-model.js';
import { splitWeights, valueBytes } from '../model/stored-weights.js';
import { countFates, type FreezeProof, type WeightProof } from './freeze-proof.js';
import { sha256 } from './hash.js';
import { topologyHash, weightsHash } from './run-hashes.js';
import type { RunRecord } from './run-record.js';

export interface Verification extends FreezeProof {
  /** Every frozen weight is the source's, and every hash is the one that the run record tells. */
  readonly match: boolean;
  /** What does not match, in words; empty where all does. */
  readonly mismatches: readonly string[];
}

/**
 * Hashes source and run again and compares both with the run record: for someone who trusts neither the run nor
 * the program that made it. Nothing is taken from the record but names, and which weights were frozen.
 *
 * @example
 * (await verify(record, runArtifacts, pretrained)).match; // true
 */
export async function verify(
  record: RunRecord,
  run: tf.io.ModelArtifacts,
  source: PretrainedModel,
): Promise<Verification> {
  const stored = new Map(splitWeights(run).map((weight) => [weight.spec.name, weight]));
  const mismatches: string[] = [];
  const seen = new Map<string, number>();
  const weights: WeightProof[] = [];
  for (const claimed of record.weights) {
    const inRun = stored.get(claimed.name);
    const index = claimed.source === null ? 0 : (seen.get(claimed.source) ?? 0);
    if (claimed.source !== null) seen.set(claimed.source, index + 1);
    const inSource = claimed.source === null ? null : source.stored.get(claimed.source)?.[index];
    const after = inRun ? await sha256(valueBytes(inRun)) : 'missing';
    const before =
      claimed.source === null ? claimed.before : inSource ? await sha256(valueBytes(inSource)) : 'missing';
    if (after !== claimed.after)
      mismatches.push(`${claimed.name}: the run's bytes are not those of its record`);
    if (before !== claimed.before)
      mismatches.push(`${claimed.name}: the source is not the one that the run was made from`);
    if (claimed.frozen && before !== after) mismatches.push(`${claimed.name}: frozen, but not the source's`);
    weights.push({ ...claimed, before, after });
  }
  for (const name of stored.keys()) {
    if (!record.weights.some((weight) => weight.name === name))
      mismatches.push(`${name}: not in the run record`);
  }
  if ((await weightsHash(run)) !== record.weightsHash)
    mismatches.push('the hash over all weights differs from the record');
  if ((await topologyHash(run)) !== record.topologyHash)
    mismatches.push('model.json says something else than when the run was written');
  return { ...countFates(weights), match: mismatches.length === 0, mismatches };
}
