import { realpath } from 'node:fs/promises';
import { GraftError, parseRunRecord, type RunRecord } from '@graft/core';
import { readConfinedJson } from './confined-files.js';
import { recoverRun } from './recover-run.js';
import { systemReason } from './system-errors.js';

/**
 * Reads the run.json of a run; a run that a kill left half replaced is repaired first. What it says is not
 * proven: `verify` does that.
 *
 * @param run the directory
 * @throws GraftError `model/not-found`, `model/bad-json`, `model/bad-run-record`
 *
 * @example
 * const { labels } = await readRunRecord('runs/trucks');
 */
export async function readRunRecord(run: string): Promise<RunRecord> {
  await recoverRun(run);
  const directory = await realpath(run).catch((error: unknown) => {
    throw new GraftError('model/not-found', `Expected a run. Received "${run}": ${systemReason(error)}.`, {
      details: { path: run },
      cause: error,
    });
  });
  return parseRunRecord(await readConfinedJson(directory, 'run.json'));
}
