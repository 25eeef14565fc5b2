import { type PretrainedModel, predictionsFrom } from '@graft/core';
import { inspectResult } from '@graft/node';
import { examplesOf, inputShape } from './example.js';
import type { Answer, ModelFacts, Outputs, Question } from './protocol.js';
import type { WarmModel } from './warm-models.js';

/**
 * Answers one question with a loaded model.
 *
 * @throws GraftError `data/*` for input that the model does not take
 */
export async function answer(
  { pretrained, batcher }: WarmModel,
  question: Question,
): Promise<ModelFacts | Outputs | Answer[]> {
  if (question.kind === 'inspect') return factsOf(pretrained);
  const examples = await examplesOf(pretrained, question);
  // All are waited for, also where one fails: the model must not go while it runs.
  const settled = await Promise.allSettled(examples.map((example) => batcher.add(example)));
  const outputs = settled.map((result) => {
    if (result.status === 'rejected') throw result.reason;
    return result.value;
  });
  if (!('top' in question)) return joined(outputs);
  return outputs.map((output) => answerOf(pretrained, output, question.top));
}

function answerOf(pretrained: PretrainedModel, output: Float32Array, top: number | null): Answer {
  if (pretrained.task === 'regress') return { value: output[0] as number };
  return { predictions: predictionsFrom(pretrained, output, 1, top ?? undefined)[0] ?? [] };
}

function joined(outputs: readonly Float32Array[]): Outputs {
  const units = outputs[0]?.length ?? 0;
  const values = new Float32Array(outputs.length * units);
  for (const [index, output] of outputs.entries()) values.set(output, index * units);
  return { shape: [outputs.length, units], values };
}

function factsOf(pretrained: PretrainedModel): ModelFacts {
  const { model, task, labels } = pretrained;
  return {
    inspected: inspectResult(pretrained),
    task,
    labels,
    inputShape: inputShape(pretrained),
    inputName: model.inputNames[0] ?? 'input',
    outputName: model.outputNames[0] ?? 'output',
  };
}
