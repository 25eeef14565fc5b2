// The process of one evaluation: told what to do by its parent, answers once, and ends.
import { evaluate } from '@graft/core';
import { evaluationResult, openModel, readEvaluationData } from '@graft/node';
import type { EvaluateResult } from '@graft/node/results';
import { startBackend } from '../backend.js';
import { failureOf } from '../process-failure.js';
import type { EvaluationAnswer, EvaluationOrder } from './evaluation-protocol.js';

process.on('disconnect', () => process.exit(1));
process.once('message', (order) => void run(order as EvaluationOrder));

async function run(order: EvaluationOrder): Promise<void> {
  const answer: EvaluationAnswer = await evaluated(order).then(
    (result) => ({ result }),
    (error) => ({ failure: failureOf(error, 'bug/evaluation') }),
  );
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
