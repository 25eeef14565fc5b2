// The process of one evaluation: told what to do by its parent, answers once, and ends.
import { evaluate, GraftError } from '@graft/core';
import { evaluationResult, openModel, readEvaluationData } from '@graft/node';
import type { EvaluateResult } from '@graft/node/results';
import { startBackend } from '../backend.js';
import type { EvaluationAnswer, EvaluationOrder } from './evaluation-protocol.js';

process.on('disconnect', () => process.exit(1));
process.once('message', (order) => void run(order as EvaluationOrder));

async function run(order: EvaluationOrder): Promise<void> {
  const answer = await evaluated(order).then((result) => ({ result }), failed);
  process.send?.(answer, () => process.exit(0));
}

async function evaluated({ model, data, backend }: EvaluationOrder): Promise<EvaluateResult> {
  await startBackend(backend);
  const { pretrained, record } = await openModel(model);
  const { labels, inputSpec } = pretrained;
  const task = pretrained.task ?? (labels ? 'classify' : 'regress');
  const { dataset } = await readEvaluationData(data, {
    inputShape: (pretrained.model.inputs[0]?.shape ?? []).slice(1),
    inputSpec,
    target: record?.targetColumns ?? undefined,
    task,
    labels,
  });
  return evaluationResult(await evaluate({ ...pretrained, task }, dataset, labels), labels);
}

function failed(error: unknown): EvaluationAnswer {
  if (error instanceof GraftError) return { failure: error.toJSON() };
  process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
  const message = 'Something went wrong that should not.';
  return { failure: { code: 'bug/evaluation', message, hint: null, details: null } };
}
