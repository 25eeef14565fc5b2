import * as tf from '@tensorflow/tfjs-core';
import { assignValues, gradientErrors, seededRandom, separatedValues, signed } from './finite-differences.js';
import type { LayerCase } from './layer-case.js';

interface LayerCheck {
  /** Relative error of the gradient, by the name of what it is the gradient of: `input 0`, `kernel` ... */
  readonly errors: Readonly<Record<string, number>>;
  readonly output: Float32Array;
}

/**
 * Builds the layer, gives it and its inputs seeded values of both signs, and compares its gradients with central
 * differences on the active backend. Everything is disposed.
 */
export function checkLayer({
  layer: create,
  shapes,
  input,
  scale = 1,
  training = false,
  step = 4e-3,
}: LayerCase): LayerCheck {
  const random = seededRandom(1);
  const layer = create();
  const inputs = shapes.map((shape, i) => inputVariable(shape, i, input === 'indices', scale, random));
  const forward = (): tf.Tensor => {
    const output = layer.apply(inputs.length === 1 ? (inputs[0] as tf.Tensor) : inputs, { training });
    return (Array.isArray(output) ? output[0] : output) as tf.Tensor;
  };
  tf.tidy(() => void forward());
  const weights = layer.weights.map((weight) => ({
    name: weight.originalName,
    trainable: weight.trainable,
    variable: weight.read() as tf.Variable,
  }));
  for (const { name, variable } of weights) {
    const values = Float32Array.from({ length: variable.size }, () => signed(random) / 2);
    assignValues(variable, /variance/.test(name) ? values.map(Math.abs) : values);
  }
  const checked = [
    ...inputs.filter(() => input !== 'indices').map((variable, i) => ({ name: `input ${i}`, variable })),
    ...weights.filter(({ trainable }) => trainable),
  ];
  try {
    const output = tf.tidy(() => forward().dataSync() as Float32Array);
    const variables = checked.map(({ variable }) => variable);
    const errors = gradientErrors({ forward, variables, random, step });
    return {
      output,
      errors: Object.fromEntries(checked.map(({ name }, i) => [name, errors[i] ?? Number.NaN])),
    };
  } finally {
    tf.dispose(inputs);
    layer.dispose();
  }
}

function inputVariable(
  shape: readonly number[],
  position: number,
  indices: boolean,
  scale: number,
  random: () => number,
): tf.Variable {
  const size = tf.util.sizeFromShape([...shape]);
  const values = indices
    ? Int32Array.from({ length: size }, () => Math.floor(random() * 5))
    : // Inputs differ from one another too: Maximum has a kink where they are equal.
      separatedValues(size, random).map((value) => (value + position * 0.01) * scale);
  const start = tf.tensor(values, [...shape], indices ? 'int32' : 'float32');
  const variable = tf.variable(start, !indices);
  start.dispose();
  return variable;
}
