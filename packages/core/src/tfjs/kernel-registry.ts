import * as tf from '@tensorflow/tfjs-core';
// Registers the stock gradients and layer classes: without it there would be nothing to correct.
import '@tensorflow/tfjs-layers';

/** Corrected entries of the registry of TensorFlow.js: each fault is corrected once, however often it is asked. */
const corrected = new WeakSet<object>();

/** Registers a kernel that the backend lacks. A kernel that is there stays. */
export function supplyKernel(backendName: string, kernelName: string, kernelFunc: tf.KernelFunc): void {
  if (tf.getKernel(kernelName, backendName) !== undefined) return;
  tf.registerKernel({ backendName, kernelName, kernelFunc });
}

/** Puts a corrected kernel in the place of the stock one, which it may call. Nothing happens where there is none. */
export function correctKernel(
  backendName: string,
  kernelName: string,
  correct: (stock: tf.KernelFunc) => tf.KernelFunc,
): void {
  const stock = tf.getKernel(kernelName, backendName);
  if (stock === undefined || corrected.has(stock)) return;
  // The stock set-up stays: it binds the compiled function when the backend starts later.
  const config = { ...stock, kernelFunc: correct(stock.kernelFunc) };
  tf.unregisterKernel(kernelName, backendName);
  tf.registerKernel(config);
  corrected.add(config);
}

/** Registers the gradient of a kernel that has none. */
export function supplyGradient(config: tf.GradConfig): void {
  if (tf.getGradient(config.kernelName) === undefined) tf.registerGradient(config);
}

/** Puts a corrected gradient in the place of the stock one, on every backend. */
export function correctGradient(kernelName: string, correct: (stock: tf.GradConfig) => tf.GradFunc): void {
  const stock = tf.getGradient(kernelName);
  if (stock === undefined || corrected.has(stock)) return;
  const config = { ...stock, gradFunc: correct(stock) };
  tf.unregisterGradient(kernelName);
  tf.registerGradient(config);
  corrected.add(config);
}

/**
 * Makes a kernel out of other kernels. The engine hands tensors to a kernel function and takes one back, and keeps
 * the tape off meanwhile; what is made in between is disposed.
 */
export function composedKernel<Inputs, Attributes>(
  compose: (inputs: Inputs, attributes: Attributes) => tf.Tensor,
): tf.KernelFunc {
  return ({ inputs, attrs }) => tf.tidy(() => compose(inputs as Inputs, attrs as Attributes));
}
