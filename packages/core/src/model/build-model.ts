import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { GraftError } from '../errors.js';
import { supplyChainedOperations } from '../tfjs/chained-operations.js';
import { badTopology } from './bad-topology.js';
import { type LayerGraph, readLayerGraph, type Shape } from './layer-graph.js';
import { size } from './multiply-adds.js';
import type { LayerWeight } from './stored-weights.js';

/** Values that one example may have between two layers: a 16,384 x 16,384 grey picture. */
const mostValues = 2 ** 28;

type AddWeight = (
  name: string,
  shape: Shape,
  dtype: unknown,
  initializer: unknown,
  ...rest: unknown[]
) => LayerWeight;

/**
 * Builds the layers of a topology, their weights all 0. Sizes are read in one place for all layers: no more weight
 * values are allocated than the file holds.
 *
 * @param storedValues number of values in the weight file
 * @returns a model that the caller disposes
 * @throws GraftError `model/bad-topology`; then nothing is left behind
 */
export async function buildModel(topology: object, storedValues: number): Promise<tfl.LayersModel> {
  supplyChainedOperations();
  const layers = tfl.layers.Layer.prototype as unknown as { addWeight: AddWeight };
  const { addWeight } = layers;
  const zeros = tfl.initializers.zeros(); // the right values follow; some initializers are slow
  const built: LayerWeight[] = [];
  let left = storedValues;
  layers.addWeight = function (this: unknown, name, shape, dtype, _initializer, ...rest) {
    const values = size(shape);
    left -= values;
    if (!shape.every(isCount) || left < 0) {
      throw badTopology(
        `weights of at most ${storedValues} values, as many as are stored`,
        `a ${name} of shape [${shape.join(', ')}]`,
      );
    }
    const weight = addWeight.call(this, name, shape, dtype, zeros, ...rest);
    built.push(weight);
    return weight;
  };
  let building: Promise<unknown> | undefined;
  tf.tidy(() => {
    building = tfl.models.modelFromJSON({ modelTopology: topology as never });
  });
  // All was built before that returned its promise, so no other model was built meanwhile.
  layers.addWeight = addWeight;
  try {
    const model = await building;
    if (model instanceof tfl.LayersModel) return model;
    throw new Error('a layer is no model');
  } catch (error) {
    for (const weight of built) weight.dispose();
    if (error instanceof GraftError) throw error;
    throw badTopology(
      'a topology that TensorFlow.js can build',
      `one on which it says: ${(error as Error).message}`,
      error,
    );
  }
}

/**
 * The graph of a model that was just built.
 *
 * @throws GraftError `model/bad-topology` where it has no end in sight, or a layer promises more values than any
 *   machine has room for
 */
export function boundedGraph(model: tfl.LayersModel): LayerGraph {
  const graph = graphOf(model);
  for (const { name, inputs, outputShapes } of graph.nodes) {
    for (const shape of outputShapes) {
      const sound = inputs.length > 0 || shape.every((n) => n === null || (isCount(n) && n > 0));
      if (!sound || !(Math.abs(size(shape)) <= mostValues)) {
        throw badTopology(
          `at most ${mostValues} values between layers`,
          `"${name}" of shape [${shape.join(', ')}]`,
        );
      }
    }
  }
  return graph;
}

function graphOf(model: tfl.LayersModel): LayerGraph {
  try {
    return readLayerGraph(model);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw badTopology('a chain of at most some 2,000 layers', 'a longer one', error); // the stack overflows
  }
}

const isCount = (n: number | null): n is number => Number.isSafeInteger(n) && (n as number) >= 0;
