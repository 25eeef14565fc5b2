import type * as tf from '@tensorflow/tfjs-core';
import { GraftError, type Warning } from '../errors.js';
import type { TransferModel } from '../model/transfer-model.js';
import type { FineTuneReport } from '../training/fine-tune.js';
import { countFates, fateOf, proveFreeze, type WeightFate, type WeightProof } from './freeze-proof.js';
import { topologyHash, weightsHash } from './run-hashes.js';
import { parseRunRecord, type RunRecord } from './run-record.js';

/** What only the front end knows: where the source was, which backend ran, what the data warned of. */
export type RunFacts = Pick<RunRecord, 'source' | 'targetColumns' | 'backend' | 'versions' | 'warnings'>;

/** Names that a message spells out. */
const mostNames = 20;

/**
 * Proves the freeze on what was written, and puts together what run.json tells. A weight that was free but did not
 * move becomes a warning.
 *
 * @param written what was saved, read again from where it was written
 * @throws GraftError `proof/frozen-weight-moved`
 *
 * @example
 * const record = await createRunRecord(model, report, await modelDirectory(out).load(), facts);
 */
export async function createRunRecord(
  model: TransferModel,
  report: FineTuneReport,
  written: tf.io.ModelArtifacts,
  facts: RunFacts,
): Promise<RunRecord> {
  const weights = await proveFreeze(model, written);
  refuseMoved(weights);
  return parseRunRecord({
    format: 'graft-run',
    version: 1,
    created: new Date().toISOString(),
    ...facts,
    task: model.task,
    labels: model.labels,
    inputSpec: model.inputSpec,
    recipe: report.recipe,
    pooling: model.pooling,
    examples: report.examples,
    parameters: report.parameters,
    phases: report.phases.map(({ validation: _, validationOutputs: __, ...phase }) => phase),
    validation: report.validation,
    seconds: report.seconds,
    interrupted: report.interrupted,
    warnings: [...facts.warnings, ...unmovedWarnings(weights)],
    weightsHash: await weightsHash(written),
    topologyHash: await topologyHash(written),
    weights,
  });
}

function refuseMoved(weights: readonly WeightProof[]): void {
  const moved = namesWithFate(weights, 'failed');
  if (moved.length === 0) return;
  throw new GraftError(
    'proof/frozen-weight-moved',
    `Expected every frozen weight to be as in the source. Received ${moved.length} of ${weights.length} that moved: ${some(moved)}.`,
    {
      hint: 'The run is not kept. This is a fault of Graft: please report it with the model and the recipe.',
      details: { weights: moved, ...countFates(weights) },
    },
  );
}

function unmovedWarnings(weights: readonly WeightProof[]): Warning[] {
  const unmoved = namesWithFate(weights, 'unmoved');
  if (unmoved.length === 0) return [];
  const message = `${unmoved.length} weights were free to train and did not move (a dead or disconnected layer?): ${some(unmoved)}.`;
  return [{ code: 'unmoved-weights', message }];
}

function namesWithFate(weights: readonly WeightProof[], fate: WeightFate): string[] {
  return weights.filter((weight) => fateOf(weight) === fate).map(({ name }) => name);
}

function some(names: readonly string[]): string {
  const more = names.length > mostNames ? ` and ${names.length - mostNames} more` : '';
  return names.slice(0, mostNames).join(', ') + more;
}
