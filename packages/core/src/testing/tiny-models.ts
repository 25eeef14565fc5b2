import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { arrayDataset, type Dataset, type TrainingData } from '../data/dataset.js';
import { disposeModel } from '../model/dispose-model.js';
import { type LoadOptions, loadPretrained, type PretrainedModel } from '../model/pretrained-model.js';
import { randomStream } from '../random.js';
import { type Phase, phaseSchema } from '../recipe/recipe.js';
import { artifactsOf, MemoryHandler } from './memory-model.js';

/** A model that was just built, as if someone else had trained it. The built one is disposed. */
export async function pretrainedFrom(
  model: tfl.LayersModel,
  options: LoadOptions = {},
): Promise<PretrainedModel> {
  const pretrained = await loadPretrained(new MemoryHandler(await artifactsOf(model)), options);
  disposeModel(model);
  return pretrained;
}

export const dense = (
  name: string,
  units: number,
  more: Partial<Parameters<typeof tfl.layers.dense>[0]> = {},
) => {
  const kernelInitializer = tfl.initializers.glorotUniform({ seed: 1 + name.length });
  return tfl.layers.dense({ name, units, kernelInitializer, ...more });
};

/** Four numbers in: `first` (5 units) -> `second` (4 units) -> `output` (`units` softmax). */
export function denseModel(units = 3): tfl.LayersModel {
  return tfl.sequential({
    name: 'dense model',
    layers: [
      dense('first', 5, { activation: 'tanh', inputShape: [4] }),
      dense('second', 4, { activation: 'tanh' }),
      dense('output', units, { activation: 'softmax' }),
    ],
  });
}

/** A picture of 6 x 6 x 2 in: `conv` -> `norm` (BatchNormalization) -> `drop` (Dropout) -> `pool` -> `output`. */
export function pictureModel(): tfl.LayersModel {
  return tfl.sequential({
    name: 'picture model',
    layers: [
      tfl.layers.conv2d({
        name: 'conv',
        filters: 4,
        kernelSize: 3,
        inputShape: [6, 6, 2],
        kernelInitializer: tfl.initializers.glorotUniform({ seed: 5 }),
      }),
      tfl.layers.batchNormalization({ name: 'norm', momentum: 0.5 }),
      tfl.layers.dropout({ name: 'drop', rate: 0.3 }),
      tfl.layers.globalAveragePooling2d({ name: 'pool', dataFormat: 'channelsLast' }),
      dense('output', 2, { activation: 'softmax' }),
    ],
  });
}

/** Examples of `labels.length` classes that lie apart from each other; the inputs live as long as the process. */
export function clusters(
  shape: readonly number[],
  labels: readonly string[],
  count: number,
  seed = 1,
): TrainingData {
  return {
    task: 'classify',
    labels,
    train: clusterDataset(shape, labels.length, count, seed),
    validation: null,
  };
}

export function clusterDataset(
  shape: readonly number[],
  classes: number,
  count: number,
  seed: number,
): Dataset {
  const random = randomStream(seed, 'clusters');
  const size = tf.util.sizeFromShape([...shape]);
  const targets = Array.from({ length: count }, (_, index) => index % classes);
  const inputs = targets.map((target) => {
    const values = Float32Array.from(
      { length: size },
      (_, index) => random() - 0.5 + (index % classes === target ? 1 : 0),
    );
    return tf.keep(tf.tensor(values, [...shape]));
  });
  return arrayDataset(inputs, targets);
}

/** A phase with everything as it is by default but for what is named. */
export function phaseOf(wishes: Partial<Parameters<typeof phaseSchema.parse>[0] & object> = {}): Phase {
  return phaseSchema.parse({
    epochs: 3,
    learningRate: 0.05,
    optimizer: { name: 'adam' },
    schedule: { name: 'constant' },
    ...wishes,
  });
}
