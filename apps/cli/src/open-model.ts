import {
  GraftError,
  loadPretrained,
  type PretrainedModel,
  type RunRecord,
  teachableMachineMetadata,
  topologyHash,
  weightsHash,
} from '@graft/core';
import { type FoundModel, findModel, modelDirectory, readModelMetadata, readRunRecord } from '@graft/node';
import type { io } from '@tensorflow/tfjs-core';
import { type InputFlags, specWithFlags } from './input-spec.js';

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
 * @throws GraftError `model/*`; `usage/input-spec*` for flags that do not fit
 */
export async function openModel(nameOrPath: string, flags: InputFlags = {}): Promise<OpenedModel> {
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
  return { found, record, pretrained: { ...pretrained, inputSpec: specWithFlags(pretrained, flags) } };
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
