import * as tf from '@tensorflow/tfjs-core';
import type { NamedWeight } from '../model/stored-weights.js';
import type { OptimizerSpec } from '../recipe/recipe.js';

/** A gradient with the weight that it belongs to and the rate of this step. */
export interface WeightUpdate {
  readonly named: NamedWeight;
  readonly gradient: tf.Tensor;
  readonly learningRate: number;
}

/** The moments that an optimizer remembers of one weight. */
type Slots = Record<'momentum' | 'velocity', tf.Tensor | undefined>;

/**
 * Changes weights along their gradients. Remembered moments are kept by weight name, so that a change in the
 * set of trainable weights can't mix them up. The formulas are those of Keras 3 (`keras/src/optimizers`):
 *
 * - sgd: `m = momentum * m - rate * g; w += m` (Nesterov: `w += momentum * m - rate * g`)
 * - adam, adamw: `w -= rate * sqrt(1 - b2^t) / (1 - b1^t) * m / (sqrt(v) + epsilon)`
 * - weight decay is decoupled: `w -= rate * decay * w` before the step; vectors (biases, norms) do not decay
 *
 * @example
 * const optimizer = new Optimizer({ name: 'sgd', momentum: 0.9, nesterov: false, weightDecay: 0 });
 * optimizer.step([{ named, gradient, learningRate: 0.01 }]);
 * optimizer.dispose();
 */
export class Optimizer {
  readonly #spec: OptimizerSpec;
  readonly #slots = new Map<string, Slots>();
  #steps = 0;

  constructor(spec: OptimizerSpec) {
    this.#spec = spec;
  }

  /** One step for all weights. The gradients stay the caller's. */
  step(updates: readonly WeightUpdate[]): void {
    this.#steps++;
    for (const { named, gradient, learningRate } of updates) {
      const slots = this.#slots.get(named.name) ?? { momentum: undefined, velocity: undefined };
      this.#slots.set(named.name, slots);
      tf.tidy(() => {
        const { weight } = named;
        const decayed = this.#decay(weight.read(), learningRate);
        const spec = this.#spec;
        const change =
          spec.name === 'sgd'
            ? sgd(spec, slots, gradient, learningRate)
            : adam(spec, slots, gradient, learningRate, this.#steps);
        weight.write(tf.add(decayed, change));
      });
    }
  }

  #decay(weight: tf.Tensor, learningRate: number): tf.Tensor {
    const decay = 'weightDecay' in this.#spec ? this.#spec.weightDecay : 0;
    return decay === 0 || weight.rank < 2 ? weight : tf.mul(weight, 1 - learningRate * decay);
  }

  dispose(): void {
    for (const slots of this.#slots.values()) {
      slots.momentum?.dispose();
      slots.velocity?.dispose();
    }
    this.#slots.clear();
  }
}

function sgd(
  spec: Extract<OptimizerSpec, { name: 'sgd' }>,
  slots: Slots,
  gradient: tf.Tensor,
  rate: number,
): tf.Tensor {
  const plain = tf.mul(gradient, -rate);
  if (spec.momentum === 0) return plain;
  const momentum = slots.momentum ? tf.add(tf.mul(slots.momentum, spec.momentum), plain) : plain;
  remember(slots, 'momentum', momentum);
  return spec.nesterov ? tf.add(tf.mul(momentum, spec.momentum), plain) : momentum;
}

function adam(
  { beta1, beta2, epsilon }: Exclude<OptimizerSpec, { name: 'sgd' }>,
  slots: Slots,
  gradient: tf.Tensor,
  rate: number,
  step: number,
): tf.Tensor {
  const momentum = average(slots.momentum, gradient, beta1);
  const velocity = average(slots.velocity, tf.square(gradient), beta2);
  remember(slots, 'momentum', momentum);
  remember(slots, 'velocity', velocity);
  const alpha = (rate * Math.sqrt(1 - beta2 ** step)) / (1 - beta1 ** step);
  return tf.mul(tf.div(momentum, tf.add(tf.sqrt(velocity), epsilon)), -alpha);
}

/** `old * beta + value * (1 - beta)`, from 0. */
function average(old: tf.Tensor | undefined, value: tf.Tensor, beta: number): tf.Tensor {
  const part = tf.mul(value, 1 - beta);
  return old ? tf.add(tf.mul(old, beta), part) : part;
}

function remember(slots: Slots, slot: keyof Slots, value: tf.Tensor): void {
  slots[slot]?.dispose();
  slots[slot] = tf.keep(value.clone());
}

/**
 * Scales gradients so that their norm over all weights is at most `clipNorm`.
 *
 * @returns new tensors, the caller's to dispose
 */
export function clipByGlobalNorm(gradients: readonly tf.Tensor[], clipNorm: number): tf.Tensor[] {
  return tf.tidy(() => {
    const squares = gradients.map((gradient) => tf.sum(tf.square(gradient)));
    const norm = tf.sqrt(tf.addN(squares));
    const scale = tf.div(clipNorm, tf.maximum(norm, clipNorm));
    return gradients.map((gradient) => tf.mul(gradient, scale));
  });
}
