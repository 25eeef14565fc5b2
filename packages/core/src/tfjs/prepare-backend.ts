import { correctAveragePoolingGradients } from './average-pooling-gradient.js';
import { correctBatchNormForward, correctBatchNormGradient } from './batch-norm-broadcast.js';
import { supplyChainedOperations } from './chained-operations.js';
import { supplyDilatedConvolutionGradients } from './dilated-convolution-gradients.js';
import { correctExtremumGradients } from './extremum-gradients.js';
import { correctMaxPooling } from './max-pooling.js';
import { supplyMissingGradients } from './missing-gradients.js';
import { correctNormalizationWithoutScale } from './normalization-without-scale.js';
import { correctBilinearResizeGradient, correctNearestResizeGradient } from './resize-gradients.js';
import { correctUnpackGradient } from './unpack-gradient.js';
import { supplyWasmGradients } from './wasm-gradients.js';
import { correctWasmSamePadding } from './wasm-same-padding.js';

/**
 * Makes a backend of TensorFlow.js 4.22.0 fit for training: supplies the gradients that it lacks and corrects those
 * that it gets wrong. Call it once after the backend was chosen; again is harmless. What can't be corrected is listed
 * by `untrainableReason`.
 *
 * @param backendName as `tf.getBackend()` returns it; unknown names get what all backends need.
 * @example
 * await tf.setBackend('wasm');
 * prepareBackend('wasm');
 */
export function prepareBackend(backendName: string): void {
  supplyChainedOperations();
  supplyMissingGradients();
  supplyDilatedConvolutionGradients();
  correctExtremumGradients();
  correctBatchNormGradient();
  correctNormalizationWithoutScale();
  correctUnpackGradient();
  if (backendName === 'cpu') {
    correctBatchNormForward('cpu');
    correctAveragePoolingGradients('cpu');
    correctMaxPooling('cpu');
    correctNearestResizeGradient();
    correctBilinearResizeGradient();
  }
  if (backendName === 'wasm') {
    supplyWasmGradients();
    correctBatchNormForward('wasm');
    correctAveragePoolingGradients('wasm');
    correctMaxPooling('wasm');
    correctWasmSamePadding();
  }
}
