import type { Dataset, InputSpec, Target } from '@graft/core';
import { GraftError } from '@graft/core';
import { tensor, tensor3d } from '@tensorflow/tfjs-core';
import { imageInput } from './images.js';

/**
 * Pictures by path: only paths and targets are kept; `input` decodes one, float32 [height, width, channels].
 * A few are decoded at once in the whole process, so asking for many ahead costs no memory.
 */
export function imageDataset(
  paths: readonly string[],
  names: readonly string[],
  targets: readonly Target[],
  spec: InputSpec,
): Dataset {
  return {
    size: paths.length,
    target: (index) => at(targets, index),
    input: async (index) => {
      const values = await imageInput(at(paths, index), spec, at(names, index));
      return tensor3d(values, [spec.height, spec.width, spec.channels]);
    },
  };
}

/** Rows of numbers in one array [rows * size of `shape`], each given out in the model's shape. */
export function rowDataset(
  values: Float32Array,
  rows: readonly number[],
  targets: readonly Target[],
  shape: readonly number[],
): Dataset {
  const size = shape.reduce((product, n) => product * n, 1);
  return {
    size: rows.length,
    target: (index) => at(targets, index),
    input: (index) => {
      const start = at(rows, index) * size;
      return tensor(values.slice(start, start + size), [...shape], 'float32');
    },
  };
}

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
export function specForImages(spec: InputSpec | null, inputShape: readonly (number | null)[], where: string): InputSpec {
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
