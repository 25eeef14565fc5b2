import type { Tensor } from '@tensorflow/tfjs-core';
import type { Dataset } from '../data/dataset.js';
import type { LoadedModel } from '../model/pretrained-model.js';
import { outputsFor, type RunOptions } from './evaluate.js';
import { labelProbabilities } from './metrics.js';

export interface Prediction {
  readonly label: string;
  readonly probability: number;
}

/**
 * Labels with their probabilities for many inputs, the most probable first. A model without labels answers
 * with `output 0`, `output 1` ...
 *
 * @param top how many labels for each input; default all
 *
 * @example
 * const [[best]] = await predictAll(model, photos); // { label: 'truck', probability: 0.97 }
 */
export async function predictAll(
  loaded: LoadedModel,
  inputs: Pick<Dataset, 'size' | 'input'>,
  options: RunOptions & { readonly top?: number } = {},
): Promise<Prediction[][]> {
  return predictionsFrom(loaded, await outputsFor(loaded, inputs, options), inputs.size, options.top);
}

/**
 * Reads a model's outputs, [examples x units] row by row, as labels with probabilities, the most probable first.
 *
 * @example
 * const predictions = predictionsFrom(model, report.validationOutputs, report.examples.validation, 1);
 */
export function predictionsFrom(
  { labels }: Pick<LoadedModel, 'labels'>,
  outputs: Float32Array,
  examples: number,
  top?: number,
): Prediction[][] {
  const units = outputs.length / examples;
  return Array.from({ length: examples }, (_, index) => {
    const row = outputs.subarray(index * units, (index + 1) * units);
    return labelProbabilities(row, labels?.length ?? units)
      .map((probability, label) => ({ label: labels?.[label] ?? `output ${label}`, probability }))
      .sort((a, b) => b.probability - a.probability)
      .slice(0, top);
  });
}

/**
 * Labels with their probabilities for one input, the most probable first.
 *
 * @param input as the model takes it, without a batch dimension (`pixelsToInput` makes it); stays the caller's
 *
 * @example
 * const [best] = await predict(model, image); // { label: 'truck', probability: 0.97 }
 */
export async function predict(loaded: LoadedModel, input: Tensor): Promise<Prediction[]> {
  const [predictions] = await predictAll(loaded, { size: 1, input: () => input.clone() });
  return predictions ?? [];
}

/** The numbers that a regression answers with, one an input (or `units` an input, row by row). */
export async function predictValues(
  loaded: LoadedModel,
  inputs: Pick<Dataset, 'size' | 'input'>,
  options: RunOptions = {},
): Promise<number[]> {
  return Array.from(await outputsFor(loaded, inputs, options));
}
