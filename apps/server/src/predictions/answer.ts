import { GraftError, type PretrainedModel, predictionsFrom } from '@graft/core';
import { imageInput, inspectResult } from '@graft/node';
import { type Tensor, tensor } from '@tensorflow/tfjs-core';
import type { Answer, ModelFacts, Question } from './protocol.js';
import type { WarmModel } from './warm-models.js';

/**
 * Answers one question with a loaded model.
 *
 * @throws GraftError `data/*` for input that the model does not take
 */
export async function answer(warm: WarmModel, question: Question): Promise<unknown> {
  const { pretrained, batcher } = warm;
  if (question.kind === 'inspect') return factsOf(pretrained);
  const inputs = await inputsOf(pretrained, question);
  const outputs = await Promise.all(inputs.map((input) => batcher.add(input)));
  if (question.kind === 'tensor') return joined(outputs);
  return outputs.map((output) => answerOf(pretrained, output, question.top));
}

async function inputsOf(
  pretrained: PretrainedModel,
  question: Exclude<Question, { kind: 'inspect' }>,
): Promise<Tensor[]> {
  const shape = inputShape(pretrained);
  if (question.kind === 'picture') {
    const { inputSpec: spec } = pretrained;
    if (!spec) {
      throw new GraftError(
        'data/not-pictures',
        'Expected what the model takes. Received a picture for a model of numbers.',
        {
          hint: 'Send JSON: {"rows": [[...numbers...]]}. For a model of pictures, upload it with its input spec.',
        },
      );
    }
    const values = await imageInput(question.bytes, spec, 'picture');
    return [tensor(values, [spec.height, spec.width, spec.channels])];
  }
  if (question.kind === 'rows') return question.rows.map((row) => rowInput(row, shape));
  const { shape: given, values } = question;
  const [examples = 0, ...rest] = given;
  if (
    rest.length !== shape.length ||
    rest.some((size, axis) => shape[axis] !== null && shape[axis] !== size)
  ) {
    throw wrongShape(`[n, ${shapeText(shape)}]`, `[${given.join(', ')}]`);
  }
  const size = rest.reduce((product, n) => product * n, 1);
  return Array.from({ length: examples }, (_, index) =>
    tensor(values.slice(index * size, (index + 1) * size), rest, 'float32'),
  );
}

function rowInput(row: readonly number[], shape: readonly (number | null)[]): Tensor {
  const known = shape.map((size) => size ?? row.length);
  const size = known.reduce((product, n) => product * n, 1);
  if (size !== row.length) throw wrongShape(`${size} numbers in a row`, `${row.length}`);
  return tensor(Float32Array.from(row), known, 'float32');
}

function answerOf(pretrained: PretrainedModel, output: Float32Array, top: number | null): Answer {
  if (pretrained.task === 'regress') return { value: output[0] as number };
  return { predictions: predictionsFrom(pretrained, output, 1, top ?? undefined)[0] ?? [] };
}

function joined(outputs: readonly Float32Array[]): { shape: number[]; values: Float32Array } {
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

const inputShape = ({ model }: PretrainedModel): readonly (number | null)[] =>
  (model.inputs[0]?.shape ?? []).slice(1);

const shapeText = (shape: readonly (number | null)[]): string => shape.map((size) => size ?? '?').join(', ');

function wrongShape(expected: string, received: string): GraftError {
  return new GraftError('data/wrong-shape', `Expected ${expected}. Received ${received}.`, {
    details: { expected, received },
  });
}
