import * as tf from '@tensorflow/tfjs-core';
import { withInnerLayers } from '../model/guards.js';
import type { GraphNode } from '../model/layer-graph.js';
import type { NamedWeight } from '../model/stored-weights.js';
import { isStatistic } from '../model/transfer-model.js';
import type { PhaseView } from './phase-view.js';
import { workOf } from './work.js';

/** What may hold the thread at once, as `workOf` counts: about 0.25 s on the wasm backend in one thread. */
const mostWork = 7e9;

/** Some examples of a batch that follow each other. */
export interface Piece {
  readonly begin: number;
  readonly end: number;
}

/**
 * Cuts a batch into pieces of at most `most` examples, as even as can be.
 *
 * @example
 * piecesOf(8, 3); // examples 0 and 1; 2, 3 and 4; 5, 6 and 7
 */
export function piecesOf(examples: number, most: number): Piece[] {
  const count = Math.ceil(examples / most);
  const at = (index: number) => Math.floor((index * examples) / count);
  return Array.from({ length: count }, (_, index) => ({ begin: at(index), end: at(index + 1) }));
}

/** The inputs of one piece, the caller's to dispose. The whole batch is not copied. */
export function pick(batch: tf.Tensor, { begin, end }: Piece): tf.Tensor {
  return end - begin === batch.shape[0] ? batch.clone() : tf.slice(batch, begin, end - begin);
}

/**
 * How many examples of a batch a step may take at once. It depends on nothing but the model and the batch, so that
 * the same recipe gives the same bytes on a faster machine too.
 *
 * A gradient can be added up over pieces only where no example influences another. So whole batches stay where
 * the batch statistics of BatchNormalization are used, and where a recurrent layer keeps its state from one batch
 * to the next. A layer class of your own must treat each example for itself, or its batches be small. One example
 * is the least: a very large network holds the thread for longer than the others.
 *
 * @param batch [examples, ...], the shape of what enters the view
 */
export function stepPieceSize(
  { prefix, line, from }: Pick<PhaseView, 'prefix' | 'line' | 'from'>,
  movable: readonly NamedWeight[],
  batch: readonly number[],
): number {
  if (movable.some(isStatistic)) return examplesIn(batch);
  return pieceSize(prefix, line.trainable, from, batch);
}

/** How many examples of a batch may run forward at once, in inference mode. */
export function forwardPieceSize(
  nodes: readonly GraphNode[],
  from: number,
  batch: readonly number[],
): number {
  return pieceSize(nodes, [], from, batch);
}

function pieceSize(
  frozen: readonly GraphNode[],
  trained: readonly GraphNode[],
  from: number,
  batch: readonly number[],
): number {
  if ([...frozen, ...trained].some(keepsState)) return examplesIn(batch);
  const work = workOf(frozen, trained, from, batch.slice(1));
  return Math.min(examplesIn(batch), Math.max(1, Math.floor(mostWork / work)));
}

function examplesIn(batch: readonly number[]): number {
  return batch[0] as number;
}

function keepsState({ layer }: GraphNode): boolean {
  return withInnerLayers(layer).some(({ stateful }) => stateful);
}
