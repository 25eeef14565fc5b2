import {
  GraftError,
  loadPretrained,
  type PretrainedModel,
  type RunRecord,
  teachableMachineMetadata,
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

/** The weights are those of the record, and model.json tells the same labels and input. */
async function checkRun(run: string, record: RunRecord, artifacts: io.ModelArtifacts): Promise<void> {
  const hash = await weightsHash(artifacts);
  const { labels, inputSpec } = ownMetadata(artifacts) ?? {};
  const fault =
    hash !== record.weightsHash
      ? `weights with the hash ${hash}`
      : !same(labels, record.labels) || !same(inputSpec, record.inputSpec)
        ? 'other labels or another input spec in model.json'
        : null;
  if (!fault) return;
  throw new GraftError(
    'model/damaged-run',
    `Expected "${run}" to be as its run.json says. Received ${fault}.`,
    {
      hint: 'The run was changed or damaged after it was written: restore it, or train again. graft verify names the weights.',
      details: { run, expected: record.weightsHash, received: hash },
    },
  );
}

function ownMetadata(artifacts: io.ModelArtifacts): { labels?: unknown; inputSpec?: unknown } | null {
  const metadata = artifacts.userDefinedMetadata as { graft?: object } | undefined;
  return metadata?.graft ?? null;
}

const same = (a: unknown, b: unknown): boolean => JSON.stringify(a ?? null) === JSON.stringify(b ?? null);
