import * as tf from '@tensorflow/tfjs-core';
import { GraftError } from '../errors.js';
import { size } from './multiply-adds.js';

/** Sizes that name a dimension of a weight, in both spellings: none can exceed the number of stored values. */
const weightSizes =
  /^(units|filters|inputDim|input_dim|outputDim|output_dim|depthMultiplier|depth_multiplier)$/;
/** Values of one example that a model may take in: a 16,384 x 16,384 grey picture. */
const largestInput = 2 ** 28;
const deepestNesting = 64;

/**
 * Looks through a model.json's topology before anything is built from it: every class must be one that
 * TensorFlow.js has registered, and no size may promise more than the weight file holds.
 *
 * @param storedValues number of values in the weight file
 * @throws GraftError `model/unknown-layer-class`, `model/bad-topology`
 */
export function checkTopology(topology: unknown, storedValues: number): void {
  if (!isRecord(topology)) {
    throw badTopology('a model topology', JSON.stringify(topology) ?? 'nothing');
  }
  visit(topology, storedValues, 0);
}

function visit(value: unknown, storedValues: number, depth: number): void {
  if (depth > deepestNesting) throw badTopology(`at most ${deepestNesting} levels`, 'more');
  if (Array.isArray(value)) {
    for (const item of value) visit(item, storedValues, depth + 1);
    return;
  }
  if (!isRecord(value)) return;
  for (const key of ['class_name', 'className']) {
    const className = value[key];
    if (Object.hasOwn(value, key) && isRecord(value.config)) checkClass(className);
  }
  for (const [key, item] of Object.entries(value)) {
    if (typeof item === 'number' && weightSizes.test(key) && item > storedValues) {
      throw badTopology(`${key} of at most ${storedValues}, the number of stored weight values`, `${item}`);
    }
    if (/^(batch_?input_?shape)$/i.test(key) && Array.isArray(item)) checkInputShape(item);
    visit(item, storedValues, depth + 1);
  }
}

function checkClass(className: unknown): void {
  const known = tf.serialization.SerializationMap.getMap().classNameMap;
  if (typeof className === 'string' && Object.hasOwn(known, className)) return;
  throw new GraftError(
    'model/unknown-layer-class',
    `Expected layer classes of TensorFlow.js. Received ${JSON.stringify(className)}.`,
    {
      hint: 'A custom layer must be registered from code (tf.serialization.registerClass) before loading; code inside model files never runs.',
      details: { className },
    },
  );
}

function checkInputShape(shape: readonly unknown[]): void {
  const sizes = shape.map((n) => (n === null ? 1 : n));
  const valid = sizes.every((n): n is number => typeof n === 'number' && Number.isSafeInteger(n) && n > 0);
  if (!valid || size(sizes as number[]) > largestInput) {
    throw badTopology(`an input shape of at most ${largestInput} values`, `[${shape.join(', ')}]`);
  }
}

function badTopology(expected: string, received: string): GraftError {
  return new GraftError('model/bad-topology', `Expected ${expected}. Received ${received.slice(0, 200)}.`);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
