import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  createRunRecord,
  type FineTuneReport,
  type ReportPicture,
  type RunFacts,
  type RunRecord,
  renderReport,
  save,
  type TransferModel,
} from '@graft/core';
import { modelDirectory } from './model-directory.js';
import { writeRun } from './write-run.js';

export interface SaveRunOptions extends RunFacts {
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
    const record = await createRunRecord(model, report, written, facts);
    await writeFile(join(path, 'run.json'), `${JSON.stringify(record, null, 2)}\n`, { flag: 'wx' });
    await writeFile(join(path, 'report.html'), renderReport(record, { pictures }), { flag: 'wx' });
    signal?.throwIfAborted();
    return record;
  });
}
