import { evaluate, GraftError, type Task } from '@graft/core';
import { evaluationResult, type OpenedModel, readEvaluationData } from '@graft/node';
import { startBackend } from '../backend.js';
import type { CommandContext } from '../command-context.js';
import type { DataFlags } from '../data-flags.js';
import { exitCodes } from '../exit-codes.js';
import { openWithFlags } from '../open-model.js';
import { evaluationText } from '../render/evaluation-text.js';

export async function runEvaluate(
  { terminal, interrupt }: CommandContext,
  model: string,
  data: string,
  flags: DataFlags,
): Promise<number> {
  const { signal } = interrupt;
  await startBackend(flags.backend, terminal);
  const opened = await openWithFlags(model, flags);
  const { pretrained, record } = opened;
  const task = taskOf(opened, flags);
  const { dataset, warnings } = await readEvaluationData(data, {
    inputShape: (pretrained.model.inputs[0]?.shape ?? []).slice(1),
    inputSpec: pretrained.inputSpec,
    target: flags.target ?? record?.targetColumns ?? undefined,
    task,
    labels: pretrained.labels,
    skipBad: flags.skipBad,
    signal,
    onProgress: (done, total) => terminal.event({ type: 'data', done, total }),
  });
  for (const warning of warnings) terminal.warn(warning);
  const evaluation = await evaluate({ ...pretrained, task }, dataset, pretrained.labels, {
    signal,
    onProgress: (done, total) => terminal.event({ type: 'predict', done, total }),
  });
  const result = evaluationResult(evaluation, pretrained.labels);
  terminal.result(result, (colors) => evaluationText(result, colors));
  return exitCodes.ok;
}

function taskOf({ pretrained }: OpenedModel, flags: DataFlags): Task {
  const { labels, task: known } = pretrained;
  const task = flags.task ?? known ?? (labels ? 'classify' : undefined);
  if (task === undefined) {
    throw new GraftError(
      'usage/task-needed',
      'Expected to know what the model answers. Received one that tells neither labels nor a task.',
      {
        hint: 'Say --task regress for numbers. Labels come with a run: tune the model first.',
      },
    );
  }
  if (known && task !== known) {
    throw new GraftError('usage/task', `Expected the model's task, ${known}. Received --task ${task}.`);
  }
  if (task !== 'regress' && !labels) {
    throw new GraftError('model/no-labels', 'Expected a model that tells its labels. Received one without.', {
      hint: 'Labels come with a run: tune the model first.',
    });
  }
  return task;
}
