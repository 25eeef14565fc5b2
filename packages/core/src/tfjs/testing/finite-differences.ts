import * as tf from '@tensorflow/tfjs-core';

/** A differentiable function of variables, and how to compare its gradient. */
interface GradientCheck {
  /** Maps the variables to an output of any shape; called many times, must be deterministic. */
  readonly forward: () => tf.Tensor;
  readonly variables: readonly tf.Variable[];
  readonly random: () => number;
  /** Step of the central difference, per coordinate. */
  readonly step?: number;
}

/** Directions tried for each variable: a fault in one coordinate shows in each of them. */
const DIRECTIONS = 4;

/**
 * Largest error of the analytic gradient against central differences, for each variable, relative to the
 * gradient's length: max over random directions d of |(L(v + eps d) - L(v - eps d)) / 2 eps - g . d| / |g|,
 * with L = sum(output * fixed random projection) added up in float64.
 */
export function gradientErrors({ forward, variables, random, step = 4e-3 }: GradientCheck): number[] {
  const outputShape = tf.tidy(() => forward().shape);
  const projection = Float32Array.from({ length: tf.util.sizeFromShape(outputShape) }, () => signed(random));
  const loss = (): number => {
    const output = tf.tidy(forward);
    const values = output.dataSync();
    output.dispose();
    return dot(values, projection);
  };
  const { value, grads } = tf.variableGrads(
    () => tf.sum(tf.mul(forward(), tf.tensor(projection, outputShape))) as tf.Scalar,
    [...variables],
  );
  value.dispose();
  const errors = variables.map((variable) => {
    const gradient = grads[variable.name];
    if (gradient === undefined) return Number.POSITIVE_INFINITY;
    const analytic = gradient.dataSync();
    const start = variable.dataSync().slice() as Float32Array;
    const length = Math.sqrt(dot(analytic, analytic));
    let worst = 0;
    for (let trial = 0; trial < DIRECTIONS; trial++) {
      // +-[0.5, 1]: no coordinate is left out, and equal errors of opposite sign don't cancel.
      const direction = Float32Array.from(start, () => signed(random));
      const moved = (by: number): number => {
        assignValues(
          variable,
          start.map((value, i) => value + by * (direction[i] ?? 0)),
        );
        return loss();
      };
      const numeric = (moved(step) - moved(-step)) / (2 * step);
      worst = Math.max(worst, Math.abs(numeric - dot(analytic, direction)));
    }
    assignValues(variable, start);
    return worst / (length + 1e-3);
  });
  tf.dispose(grads);
  return errors;
}

/** Sets a variable; its own shape and type. */
export function assignValues(variable: tf.Variable, values: tf.TypedArray): void {
  tf.tidy(() => variable.assign(tf.tensor(values, variable.shape, variable.dtype as 'float32')));
}

/** Uniform in +-[0.5, 1]. */
export function signed(random: () => number): number {
  return (random() < 0.5 ? -1 : 1) * (0.5 + random() / 2);
}

/** Seeded uniform numbers in [0, 1) (mulberry32, Tommy Ettinger, public domain). */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/**
 * Distinct values of both signs, shuffled, at least `gap` apart and none within `gap / 2` of zero: no step of a
 * central difference smaller than `gap / 2` crosses a kink of max or relu.
 */
export function separatedValues(size: number, random: () => number, gap = 0.03): Float32Array {
  const values = Array.from({ length: size }, (_, i) => (i - size / 2 + 0.5 + (size % 2) * 0.5) * gap);
  for (let i = size - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    [values[i], values[j]] = [values[j] ?? 0, values[i] ?? 0];
  }
  return Float32Array.from(values);
}

function dot(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] ?? 0) * (b[i] ?? 0);
  return sum;
}
