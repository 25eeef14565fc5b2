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
  type WeightProof,
  weightsHash,
} from '@graft/core';
import { modelDirectory, writeRun } from '@graft/node';

export interface RunToWrite {
  readonly out: string;
  readonly overwrite: boolean;
  readonly model: TransferModel;
  readonly report: FineTuneReport;
  readonly facts: Omit<RunFacts, 'weights' | 'weightsHash'>;
  readonly pictures: ReportPicture[];
  /** Drops the run. */
  readonly signal: AbortSignal;
}

/**
 * Writes model.json, weights.bin, run.json and report.html as one. The freeze is proven on what was written, read
 * again from the disk; a run that fails the proof leaves nothing.
 *
 * @throws GraftError `proof/frozen-weight-moved`, `resource/*`, `usage/out-*`
 */
export async function writeRunFiles({
  out,
  overwrite,
  model,
  report,
  facts,
  pictures,
  signal,
}: RunToWrite): Promise<RunRecord> {
  return writeRun(out, { overwrite }, async ({ path }) => {
    const directory = modelDirectory(path);
    await save(model, directory);
    const written = await directory.load();
    const weights = await proveFreeze(model, written);
    refuseMoved(weights);
    const record = createRunRecord(model, report, {
      ...facts,
      warnings: [...facts.warnings, ...unmovedWarnings(weights)],
      weights,
      weightsHash: await weightsHash(written),
    });
    await writeFile(join(path, 'run.json'), `${JSON.stringify(record, null, 2)}\n`, { flag: 'wx' });
    await writeFile(join(path, 'report.html'), renderReport(record, { pictures }), { flag: 'wx' });
    signal.throwIfAborted();
    return record;
  });
}

function refuseMoved(weights: readonly WeightProof[]): void {
  const moved = namesWithFate(weights, 'failed');
  if (!moved.length) return;
  throw new GraftError(
    'proof/frozen-weight-moved',
    `Expected every frozen weight to be as in the source. Received ${moved.length} of ${weights.length} that moved: ${moved.slice(0, 20).join(', ')}.`,
    {
      hint: 'Nothing was written. This is a fault of graft: please report it with the model and the recipe.',
      details: { weights: moved, ...countFates(weights) },
    },
  );
}

function unmovedWarnings(weights: readonly WeightProof[]): Warning[] {
  const unmoved = namesWithFate(weights, 'unmoved');
  if (!unmoved.length) return [];
  const more = unmoved.length > 20 ? ` and ${unmoved.length - 20} more` : '';
  return [
    {
      code: 'unmoved-weights',
      message: `${unmoved.length} weights were free to train and did not move: ${unmoved.slice(0, 20).join(', ')}${more}.`,
    },
  ];
}

function namesWithFate(weights: readonly WeightProof[], fate: ReturnType<typeof fateOf>): string[] {
  return weights.filter((weight) => fateOf(weight) === fate).map(({ name }) => name);
}
