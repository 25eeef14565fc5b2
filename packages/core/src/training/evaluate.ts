import { checkClasses } from '../data/check-targets.js';
import { type Dataset, targetsOf } from '../data/dataset.js';
import { GraftError } from '../errors.js';
import type { LoadedModel } from '../model/pretrained-model.js';
import { Breather } from './breather.js';
import { forward } from './forward.js';
import { type Evaluation, score } from './metrics.js';
import type { Stopwatch } from './stopwatch.js';

export interface RunOptions {
  /** Examples at once; changes nothing beyond float tolerance. Default 32. */
  readonly batchSize?: number;
  readonly signal?: AbortSignal;
  readonly stopwatch?: Stopwatch;
  readonly onProgress?: (done: number, total: number) => void;
}

/**
 * The outputs of a model for a dataset, [examples x units], row by row, in inference mode.
 *
 * @throws whatever the dataset's `input` throws
 */
export async function outputsFor(
  loaded: LoadedModel,
  dataset: Pick<Dataset, 'size' | 'input'>,
  options: RunOptions = {},
): Promise<Float32Array> {
  const { graph, model } = loaded;
  const [from] = graph.inputs;
  const [to] = graph.outputs;
  if (from === undefined || to === undefined || graph.inputs.length > 1) {
    throw new GraftError(
      'model/several-inputs',
      `Expected a model with one input. Received one with ${graph.inputs.length}.`,
    );
  }
  const passage = { nodes: graph.nodes, from, to, shape: (model.inputs[0]?.shape ?? []).slice(1) };
  const examples: Dataset = { target: () => 0, size: dataset.size, input: (index) => dataset.input(index) };
  const { values } = await forward(passage, examples, {
    batchSize: options.batchSize ?? 32,
    signal: options.signal,
    stopwatch: options.stopwatch,
    breather: new Breather(options.signal),
    onProgress: (done) => options.onProgress?.(done, dataset.size),
  });
  return values;
}

/**
 * Scores a model on labelled examples.
 *
 * @param labels of the dataset's targets; they must be the model's own, in the same order
 * @throws GraftError `data/other-labels`, `data/target-out-of-range`
 *
 * @example
 * const { accuracy } = await evaluate(model, test, ['car', 'truck']);
 */
export async function evaluate(
  loaded: LoadedModel,
  dataset: Dataset,
  labels: readonly string[] | null,
  options: RunOptions = {},
): Promise<Evaluation> {
  const task = loaded.task ?? (labels ? 'classify' : 'regress');
  if (loaded.labels && labels && loaded.labels.join('\0') !== labels.join('\0')) {
    throw new GraftError(
      'data/other-labels',
      `Expected examples of the model's labels (${loaded.labels.slice(0, 10).join(', ')}). Received ${labels.slice(0, 10).join(', ')}.`,
      {
        details: { expected: loaded.labels, received: labels },
      },
    );
  }
  const names = labels ?? loaded.labels;
  if (task === 'classify' && names) checkClasses(dataset, names.length);
  const outputs = await outputsFor(loaded, dataset, options);
  return score(task, names, outputs, targetsOf(dataset));
}
