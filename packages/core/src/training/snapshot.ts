import type * as tf from '@tensorflow/tfjs-core';
import { type NamedWeight, setWeight } from '../model/stored-weights.js';

/** The values of some weights at one moment. */
export class Snapshot {
  readonly #values = new Map<NamedWeight, tf.Tensor>();

  constructor(weights: readonly NamedWeight[]) {
    for (const named of weights) this.#values.set(named, named.weight.read().clone());
  }

  restore(): void {
    for (const [{ weight }, value] of this.#values) setWeight(weight, value);
  }

  dispose(): void {
    for (const value of this.#values.values()) value.dispose();
    this.#values.clear();
  }
}
