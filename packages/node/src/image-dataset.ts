import { join } from 'node:path';
import type { Dataset, InputSpec, Target } from '@graft/core';
import { GraftError } from '@graft/core';
import { tensor, tensor3d } from '@tensorflow/tfjs-core';
import { imageInput } from './images.js';

/** What is known of each example without its input. */
export interface Answers {
  readonly targets: readonly Target[];
  /** A number that examples of equal content share. */
  readonly groups: readonly number[];
}

/**
 * Pictures by path: only paths and targets are kept; `input` decodes one, float32 [height, width, channels].
 * Few are decoded at once in the whole process, so asking for many ahead costs no memory.
 *
 * @param names the files relative to `root`
 */
export function imageDataset(
  root: string,
  names: readonly string[],
  answers: Answers,
  spec: InputSpec,
): Dataset {
  return {
    size: names.length,
    target: (index) => at(answers.targets, index),
    group: (index) => String(at(answers.groups, index)),
    input: async (index) => {
      const name = at(names, index);
      const values = await imageInput(join(root, name), spec, name);
      return tensor3d(values, [spec.height, spec.width, spec.channels]);
    },
  };
}

/** Rows of numbers in one array [rows * size of `shape`], given out in the model's shape. */
export function rowDataset(values: Float32Array, shape: readonly number[], answers: Answers): Dataset {
  const size = shape.reduce((product, n) => product * n, 1);
  const rows = values.length / size;
  const copy = (indices: readonly number[]): Float32Array => {
    const chosen = new Float32Array(indices.length * size);
    for (const [place, index] of indices.entries()) {
      if (!(index < rows)) throw new RangeError(`Row ${index} of ${rows} does not exist.`);
      chosen.set(values.subarray(index * size, (index + 1) * size), place * size);
    }
    return chosen;
  };
  return {
    size: rows,
    target: (index) => at(answers.targets, index),
    group: (index) => String(at(answers.groups, index)),
    input: (index) => tensor(copy([index]), [...shape], 'float32'),
    batch: (indices) => tensor(copy(indices), [indices.length, ...shape], 'float32'),
  };
}

/** An element that must be there. */
export function at<T>(list: readonly T[], index: number): T {
  const value = list[index];
  if (value === undefined) throw new RangeError(`Example ${index} of ${list.length} does not exist.`);
  return value;
}

/**
 * The spec that pictures are made to fit with.
 *
 * @throws GraftError `usage/input-spec-needed`, `data/does-not-fit`
 */
export function specForImages(
  spec: InputSpec | null,
  inputShape: readonly (number | null)[],
  where: string,
): InputSpec {
  if (inputShape.length !== 3) {
    throw new GraftError(
      'data/does-not-fit',
      `Expected a table of numbers for a model whose input is [${inputShape.join(', ')}]. Received pictures, "${where}".`,
    );
  }
  if (!spec) {
    throw new GraftError(
      'usage/input-spec-needed',
      'Expected to know which values the model takes for a picture. Received a model that does not say.',
      {
        hint: 'Look up how it was trained. Usual choices: range 0,1; range -1,1 (MobileNet, Inception, Teachable Machine); range 0,255 in bgr order with mean 103.939,116.779,123.68 (VGG, ResNet50 of Keras); range 0,1 with mean .485,.456,.406 and std .229,.224,.225 (PyTorch).',
      },
    );
  }
  const size = [spec.height, spec.width, spec.channels];
  if (size.some((n, axis) => inputShape[axis] !== null && inputShape[axis] !== n)) {
    throw new GraftError(
      'usage/input-spec',
      `Expected an input spec of the model's size [${inputShape.join(', ')}]. Received [${size.join(', ')}].`,
    );
  }
  return spec;
}
