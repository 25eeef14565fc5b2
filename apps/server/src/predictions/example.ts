import { GraftError, type PretrainedModel } from '@graft/core';
import { imageInput } from '@graft/node';
import type { Input } from './protocol.js';

/** The input of one example as the model takes it, without a batch dimension. */
export interface Example {
  readonly shape: readonly number[];
  readonly values: Float32Array;
}

/** More come in several requests: one that brings millions of tiny examples would hold up all others. */
const mostExamples = 1024;

/**
 * What a client sent, as examples of the model.
 *
 * @throws GraftError `data/*` for input that the model does not take
 */
export async function examplesOf(pretrained: PretrainedModel, input: Input): Promise<Example[]> {
  if (input.kind === 'picture') return [await pictureExample(pretrained, input.bytes)];
  const taken = inputShape(pretrained);
  const count = input.kind === 'rows' ? input.rows.length : (input.shape[0] ?? 0);
  if (count < 1 || count > mostExamples) {
    throw new GraftError(
      'data/too-many-examples',
      `Expected 1 to ${mostExamples} examples in a request. Received ${count}.`,
      { hint: 'Send them in several requests.' },
    );
  }
  if (input.kind === 'rows') return input.rows.map((row) => rowExample(row, taken));
  const { values } = input;
  const shape = input.shape.slice(1);
  const size = values.length / count;
  const fits =
    shape.length === taken.length && taken.every((length, axis) => (length ?? shape[axis]) === shape[axis]);
  if (!fits || sizeOf(shape) !== size || size === 0) {
    throw wrongShape(`[n, ${shapeText(taken)}]`, `[${input.shape.join(', ')}]`);
  }
  return Array.from({ length: count }, (_, index) => ({
    shape,
    values: values.subarray(index * size, (index + 1) * size),
  }));
}

/** Of one example; null: any length. */
export const inputShape = ({ model }: Pick<PretrainedModel, 'model'>): readonly (number | null)[] =>
  (model.inputs[0]?.shape ?? []).slice(1);

async function pictureExample({ inputSpec }: PretrainedModel, bytes: Uint8Array): Promise<Example> {
  if (!inputSpec) {
    throw new GraftError(
      'data/not-pictures',
      'Expected what the model takes. Received a picture for a model of numbers.',
      {
        hint: 'Send JSON: {"rows": [[...numbers...]]}. For a model of pictures, upload it with its input spec.',
      },
    );
  }
  const { height, width, channels } = inputSpec;
  return { shape: [height, width, channels], values: await imageInput(bytes, inputSpec, 'picture') };
}

function rowExample(row: readonly number[], taken: readonly (number | null)[]): Example {
  const shape = taken.map((length) => length ?? row.length);
  if (sizeOf(shape) !== row.length || row.length === 0) {
    throw wrongShape(`${sizeOf(shape)} numbers in a row`, `${row.length}`);
  }
  return { shape, values: Float32Array.from(row) };
}

const sizeOf = (shape: readonly number[]): number => shape.reduce((product, n) => product * n, 1);

const shapeText = (shape: readonly (number | null)[]): string => shape.map((size) => size ?? '?').join(', ');

function wrongShape(expected: string, received: string): GraftError {
  return new GraftError('data/wrong-shape', `Expected ${expected}. Received ${received}.`, {
    details: { expected, received },
  });
}
