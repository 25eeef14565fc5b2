import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  countFates,
  createRunRecord,
  type FineTuneReport,
  fateOf,
  GraftError,
  proveFreeze,
  type ReportPicture,
  type RunFacts,
  type RunRecord,
  renderReport,
  save,
  type TransferModel,
  type Warning,
  type WeightFate,
  type WeightProof,
  weightsHash,
} from '@graft/core';
import { listSome } from './list-some.js';
import { modelDirectory } from './model-directory.js';
import { writeRun } from './write-run.js';

export interface SaveRunOptions extends Omit<RunFacts, 'weights' | 'weightsHash'> {
  readonly overwrite?: boolean;
  /** Examples for the report, mistakes first. */
  readonly pictures: readonly ReportPicture[];
  /** Drops the run while nothing has taken its place yet. */
  readonly signal?: AbortSignal;
}

/**
 * Writes a whole run: model.json and weights.bin, the freeze proof on what was just written, run.json and
 * report.html. Either all of it takes its place in `out`, or nothing.
 *
 * @returns the run record, with a warning for every weight that was free but did not move
 * @throws GraftError `proof/frozen-weight-moved`: then nothing is written; `usage/out-*`, `resource/*`
 *
 * @example
 * const record = await saveRun('runs/trucks', model, report, { source, backend: 'wasm', ...facts });
 */
export async function saveRun(
  out: string,
  model: TransferModel,
  report: FineTuneReport,
  { overwrite = false, pictures, signal, ...facts }: SaveRunOptions,
): Promise<RunRecord> {
  return writeRun(out, { overwrite }, async ({ path }) => {
    const directory = modelDirectory(path);
    await save(model, directory);
    const written = await directory.load(); // from the disk: what will be read is what is proven
    const weights = await proveFreeze(model, written);
    refuseMoved(weights);
    const warnings = [...facts.warnings, ...unmovedWarnings(weights)];
    const record = createRunRecord(model, report, {
      ...facts,
      warnings,
      weights,
      weightsHash: await weightsHash(written),
    });
    await writeFile(join(path, 'run.json'), `${JSON.stringify(record, null, 2)}\n`, { flag: 'wx' });
    await writeFile(join(path, 'report.html'), renderReport(record, { pictures }), { flag: 'wx' });
    signal?.throwIfAborted();
    return record;
  });
}

function refuseMoved(weights: readonly WeightProof[]): void {
  const moved = namesWithFate(weights, 'failed');
  if (moved.length === 0) return;
  throw new GraftError(
    'proof/frozen-weight-moved',
    `Expected every frozen weight to be as in the source. Received ${moved.length} of ${weights.length} that moved: ${listSome(moved)}.`,
    {
      hint: 'Nothing was written. This is a fault of Graft: please report it with the model and the recipe.',
      details: { weights: moved, ...countFates(weights) },
    },
  );
}

function unmovedWarnings(weights: readonly WeightProof[]): Warning[] {
  const unmoved = namesWithFate(weights, 'unmoved');
  if (unmoved.length === 0) return [];
  const message = `${unmoved.length} weights were free to train and did not move (a dead or disconnected layer?): ${listSome(unmoved)}.`;
  return [{ code: 'unmoved-weights', message }];
}

function namesWithFate(weights: readonly WeightProof[], fate: WeightFate): string[] {
  return weights.filter((weight) => fateOf(weight) === fate).map(({ name }) => name);
}
