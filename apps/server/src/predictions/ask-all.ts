import { Problem } from '../http/problem.js';
import type { LocalModel } from '../models/model.js';
import type { Inference } from './inference.js';
import type { Answer, Input, Outputs } from './protocol.js';

/** Each is a question of its own, so that a batch may hold pictures of several requests. */
const mostPictures = 64;

/**
 * The outputs for all inputs of a request, in their order.
 *
 * @throws Problem 413 for too many; as `Inference.ask`
 */
export async function outputsForAll(
  inference: Inference,
  model: LocalModel,
  inputs: readonly Input[],
): Promise<Outputs> {
  checkCount(inputs);
  const outputs = await Promise.all(inputs.map(async (input) => inference.ask(model, input)));
  const examples = outputs.reduce((sum, { shape }) => sum + shape[0], 0);
  const units = outputs[0]?.shape[1] ?? 0;
  const values = new Float32Array(examples * units);
  let end = 0;
  for (const output of outputs) {
    values.set(output.values, end);
    end += output.values.length;
  }
  return { shape: [examples, units], values };
}

/**
 * Labels for all inputs of a request, in their order.
 *
 * @throws Problem 413 for too many; as `Inference.ask`
 */
export async function labelsForAll(
  inference: Inference,
  model: LocalModel,
  inputs: readonly Input[],
): Promise<Answer[]> {
  checkCount(inputs);
  const answers = await Promise.all(
    inputs.map(async (input) => inference.ask(model, { ...input, top: null })),
  );
  return answers.flat();
}

function checkCount({ length }: readonly Input[]): void {
  if (length >= 1 && length <= mostPictures) return;
  throw new Problem(
    413,
    'too-many-pictures',
    `Expected 1 to ${mostPictures} pictures in a request. Received ${length}.`,
    { hint: 'Send them in several requests.' },
  );
}
