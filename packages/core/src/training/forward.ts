import { batchesOf } from '../data/batches.js';
import { type Dataset, indicesOf } from '../data/dataset.js';
import { execute } from '../model/execute.js';
import type { GraphNode } from '../model/layer-graph.js';
import type { Breather } from './breather.js';
import { forwardPieceSize, pick, piecesOf } from './pieces.js';
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
 * Runs examples through a part of a model in inference mode, outside any gradient tape: batch by batch, and a batch
 * in pieces with a breath between them. Only the rows that come out are kept in memory.
 *
 * @throws whatever a dataset's `input` throws; the signal's reason once it is aborted
 *
 * @example
 * const { values } = await forward({ nodes, from, to, shape: [224, 224, 3] }, photos, { batchSize: 32, breather });
 */
export async function forward(passage: Passage, dataset: Dataset, options: ForwardOptions): Promise<Rows> {
  const { nodes, from, to } = passage;
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
    try {
      for (const piece of piecesOf(indices.length, forwardPieceSize(nodes, from, inputs.shape))) {
        const part = pick(inputs, piece);
        const output = execute(nodes, new Map([[from, part]]), to, () => false);
        part.dispose();
        const rows = await output.data<'float32'>();
        shape = output.shape.slice(1);
        output.dispose();
        const examples = piece.end - piece.begin;
        const width = rows.length / examples;
        if (done === 0) values = new Float32Array(width * dataset.size);
        values.set(rows, width * done);
        done += examples;
        onProgress?.(done);
        await breather.breathe();
      }
    } finally {
      inputs.dispose();
    }
    stopwatch?.start('data');
  }
  stopwatch?.stop();
  return { values, shape };
}
