import { batchesOf } from '../data/batches.js';
import { type Dataset, indicesOf } from '../data/dataset.js';
import { execute } from '../model/execute.js';
import type { GraphNode } from '../model/layer-graph.js';
import type { Breather } from './breather.js';
import type { Stopwatch } from './stopwatch.js';

/** Some nodes of a model between two edges, to be run in inference mode. */
export interface Passage {
  readonly nodes: readonly GraphNode[];
  /** The edge that examples enter by. */
  readonly from: number;
  readonly to: number;
  /** Shape of one example on `from`. */
  readonly shape: readonly (number | null)[];
}

export interface ForwardOptions {
  readonly batchSize: number;
  readonly signal?: AbortSignal | undefined;
  readonly breather: Breather;
  readonly stopwatch?: Stopwatch | undefined;
  readonly onProgress?: ((done: number) => void) | undefined;
}

/** What came out for all examples, row by row. */
export interface Rows {
  readonly values: Float32Array;
  /** Shape of one row. */
  readonly shape: readonly number[];
}

/**
 * Runs examples through a part of a model in inference mode, batch by batch, outside any gradient tape. Only the
 * rows that come out are kept in memory.
 *
 * @throws whatever a dataset's `input` throws; the signal's reason once it is aborted
 *
 * @example
 * const { values } = await forward({ nodes, from, to, shape: [224, 224, 3] }, photos, { batchSize: 32, breather });
 */
export async function forward(passage: Passage, dataset: Dataset, options: ForwardOptions): Promise<Rows> {
  const { batchSize, signal, breather, stopwatch, onProgress } = options;
  let values = new Float32Array(0);
  let shape: readonly number[] = [];
  let done = 0;
  stopwatch?.start('data');
  for await (const { indices, inputs } of batchesOf(
    dataset,
    indicesOf(dataset),
    batchSize,
    passage.shape,
    signal,
  )) {
    stopwatch?.start('features');
    const output = execute(passage.nodes, new Map([[passage.from, inputs]]), passage.to, () => false);
    inputs.dispose();
    const batch = await output.data<'float32'>();
    shape = output.shape.slice(1);
    output.dispose();
    const width = batch.length / indices.length;
    if (done === 0) values = new Float32Array(width * dataset.size);
    values.set(batch, width * done);
    done += indices.length;
    onProgress?.(done);
    await breather.breathe();
    stopwatch?.start('data');
  }
  stopwatch?.stop();
  return { values, shape };
}
