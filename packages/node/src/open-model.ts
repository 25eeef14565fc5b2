import {
  GraftError,
  loadPretrained,
  type PretrainedModel,
  type RunRecord,
  teachableMachineMetadata,
  topologyHash,
  weightsHash,
} from '@graft/core';
import type { io } from '@tensorflow/tfjs-core';
import { type FoundModel, findModel } from './find-model.js';
import { modelDirectory, readModelMetadata } from './model-directory.js';
import { readRunRecord } from './read-run-record.js';

/** A model from the disk, ready to be looked at, tuned or asked. */
export interface OpenedModel {
  readonly found: FoundModel;
  /** The caller disposes it. */
  readonly pretrained: PretrainedModel;
  /** null: not a run. */
  readonly record: RunRecord | null;
}

/**
 * Opens a model or a run; a run must be what its record says.
 *
 * @param nameOrPath of a built-in model, a directory or a model.json
 * @throws GraftError `model/*`
 *
 * @example
 * const { pretrained } = await openModel('squeezenet');
 */
export async function openModel(nameOrPath: string): Promise<OpenedModel> {
  const found = await findModel(nameOrPath);
  const artifacts = await modelDirectory(found.path).load();
  const record = found.kind === 'run' ? await readRunRecord(found.path) : null;
  if (record) await checkRun(nameOrPath, record, artifacts);
  const metadata =
    record || ownMetadata(artifacts) ? null : teachableMachineMetadata(await readModelMetadata(found.path));
  const pretrained = await loadPretrained(
    { load: async () => artifacts },
    { name: found.name, ...(metadata ? { metadata } : {}) },
  );
  return { found, record, pretrained };
}

/** The bytes are those that the record tells. */
async function checkRun(run: string, record: RunRecord, artifacts: io.ModelArtifacts): Promise<void> {
  const hashes = { weights: await weightsHash(artifacts), topology: await topologyHash(artifacts) };
  const damaged = [
    ...(hashes.weights === record.weightsHash ? [] : ['weights']),
    ...(hashes.topology === record.topologyHash ? [] : ['topology or metadata']),
  ];
  if (damaged.length === 0) return;
  throw new GraftError(
    'model/damaged-run',
    `Expected "${run}" to be as its run.json says. Received other ${damaged.join(' and ')}.`,
    {
      hint: 'The run was changed or damaged after it was written: restore it, or train again. graft verify names the weights.',
      details: { run, damaged },
    },
  );
}

function ownMetadata(artifacts: io.ModelArtifacts): object | null {
  const metadata = artifacts.userDefinedMetadata as { graft?: object } | undefined;
  return metadata?.graft ?? null;
}
