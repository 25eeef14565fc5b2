import { resolve } from 'node:path';
import { describeProof, GraftError, type RunRecord, useBackend, verify } from '@graft/core';
import { findModel, modelDirectory, type OpenedModel, openModel, readRunRecord } from '@graft/node';
import { candidates } from '../backend.js';
import type { CommandContext } from '../command-context.js';
import { exitCodes } from '../exit-codes.js';
import type { VerifyResult } from '../json-schemas.js';
import { harmless } from '../terminal-text.js';

export interface VerifyFlags {
  readonly source?: string;
}

export async function runVerify(
  { terminal }: CommandContext,
  run: string,
  flags: VerifyFlags,
): Promise<number> {
  await useBackend(candidates.filter(({ name }) => name === 'cpu')); // bytes are read, nothing is computed
  const found = await findModel(run);
  if (found.kind !== 'run') {
    throw new GraftError(
      'model/not-a-run',
      `Expected a run, a directory with a run.json. Received "${run}".`,
    );
  }
  const record = await readRunRecord(found.path);
  const { pretrained } = await (flags.source === undefined
    ? openSource(record, found.path)
    : openModel(flags.source));
  const { match, mismatches, ...proof } = await verify(
    record,
    await modelDirectory(found.path).load(),
    pretrained,
  );
  const result: VerifyResult = { source: flags.source ?? record.source.name, ...proof, match };
  for (const mismatch of mismatches.slice(0, 20)) terminal.notice(mismatch);
  terminal.result(result, (colors) => {
    const verdict = match ? colors.green('match') : colors.red('MISMATCH');
    return `${verdict}: ${describeProof(proof)} (source ${harmless(result.source)})`;
  });
  return match ? exitCodes.ok : exitCodes.mismatch;
}

/** The source by built-in name, or by the path that the record tells as seen from the run. */
async function openSource({ source: { name, path } }: RunRecord, run: string): Promise<OpenedModel> {
  const place = path === null ? name : resolve(run, path);
  try {
    return await openModel(place);
  } catch (error) {
    if (!(error instanceof GraftError) || !/^model\/(unknown|not-found|no-model-json)$/.test(error.code))
      throw error;
    throw new GraftError(
      'model/source-not-found',
      `Expected the run's source "${name}" at "${place}". Received nothing there.`,
      {
        hint: 'Say where it is now with --source MODEL.',
        details: { source: name, path: place },
        cause: error,
      },
    );
  }
}
