import * as tf from '@tensorflow/tfjs-core';
// Registers the stock gradients.
import '@tensorflow/tfjs-layers';

export interface SelfTestResult {
  readonly passed: boolean;
  /** One sentence for people: how exact, how far off, or what was thrown. */
  readonly detail: string;
}

/** Where the step starts. Values of both signs, exact in float32. */
export const selfTestStart = {
  /** [2, 3, 3, 1] */
  images: [0.5, -1, 0.75, 1.5, -0.5, 2, -1.75, 0.75, -2, -0.25, 1, -1.5, 0.5, 2, -0.75, 1.25, -1, 0.25],
  /** [2, 2, 1, 2] */
  kernel: [0.5, -0.25, -0.5, 0.75, 1, -1, 0.25, 0.5],
  /** Below zero, so that some windows hold negative maxima only. */
  bias: [-2, -1.5],
  /** [2, 3] */
  weights: [0.5, -0.5, -0.25, 1, 0.75, 0.25],
  /** [2, 3], one-hot */
  targets: [1, 0, 0, 0, 0, 1],
} as const;

export const selfTestLearningRate = 0.5;

/**
 * Loss, then kernel, bias and weights after the step. Computed once in float64 by plain loops and central
 * differences, without TensorFlow.js (testing/self-test-reference.ts; a test computes them again).
 */
export const selfTestExpected: readonly number[] = [
  1.858660996, 0.2317101, -0.468093319, -0.503713537, 0.767805601, 1.105035038, -0.993047142, 0.25,
  0.492053877, -1.775075776, -1.447416118, 0.010507467, -0.060071237, -0.20043623, 0.810311883, 0.990683751,
  0.199004366,
];

/** Float32 against float64: far above rounding, far below what a wrong gradient does. */
const tolerance = 1e-5;

/**
 * One step of gradient descent on the active backend against known numbers: convolution of stride 2, max and average
 * pooling, all with padding `same`, dense layer, softmax cross-entropy. Never throws; where it passes it leaves no
 * tensor behind.
 *
 * @example
 * await tf.setBackend('wasm');
 * prepareBackend('wasm');
 * const { passed, detail } = await backendSelfTest();
 */
export async function backendSelfTest(): Promise<SelfTestResult> {
  const before = tf.memory().numTensors;
  try {
    const result = tf.tidy(() => trainingStep());
    const values = await result.data();
    result.dispose();
    const error = Math.max(
      ...selfTestExpected.map((value, i) => Math.abs((values[i] ?? Number.NaN) - value)),
    );
    const left = tf.memory().numTensors - before;
    if (!(error <= tolerance))
      return failed(`Expected a training step within ${tolerance}. Received ${error} off.`);
    if (left !== 0) return failed(`Expected a training step to leave no tensor. Received ${left}.`);
    return { passed: true, detail: `One training step is exact to ${error.toExponential(1)}.` };
  } catch (error) {
    return failed(
      `Expected a training step to run. Received: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
}

function failed(detail: string): SelfTestResult {
  return { passed: false, detail };
}

function trainingStep(): tf.Tensor1D {
  const { images, kernel, bias, weights, targets } = selfTestStart;
  const x = tf.tensor4d([...images], [2, 3, 3, 1]);
  const labels = tf.tensor2d([...targets], [2, 3]);
  const loss = (k: tf.Tensor, b: tf.Tensor, w: tf.Tensor): tf.Scalar => {
    const features = tf.add(tf.conv2d(x, k as tf.Tensor4D, 2, 'same'), b) as tf.Tensor4D; // [2, 2, 2, 2]
    const pooled = tf.avgPool(tf.maxPool(features, 2, 1, 'same'), 2, 1, 'same');
    const logits = tf.matMul(tf.mean(pooled, [1, 2]) as tf.Tensor2D, w as tf.Tensor2D);
    return tf.neg(tf.mean(tf.sum(tf.mul(labels, tf.logSoftmax(logits)), 1)));
  };
  const start = [
    tf.tensor4d([...kernel], [2, 2, 1, 2]),
    tf.tensor1d([...bias]),
    tf.tensor2d([...weights], [2, 3]),
  ];
  const { value, grads } = tf.valueAndGrads(loss as (...args: tf.Tensor[]) => tf.Scalar)(start);
  const moved = start.map((parameter, i) =>
    tf.sub(parameter, tf.mul(grads[i] as tf.Tensor, selfTestLearningRate)),
  );
  return tf.concat([value, ...moved].map((tensor) => tf.reshape(tensor, [-1]) as tf.Tensor1D));
}
