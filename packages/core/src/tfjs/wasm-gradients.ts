import * as tf from '@tensorflow/tfjs-core';
import { depthwiseKernelGradient, kernelGradient, spreadForInputGradient } from './convolution-gradients.js';
import { composedKernel, correctKernel, supplyKernel } from './kernel-registry.js';
import {
  axes2d,
  axes3d,
  type Convolution2D,
  type Convolution3D,
  type Shape4D,
  type Shape5D,
} from './spatial-axes.js';

/**
 * Supplies the kernels that the wasm backend of TensorFlow.js 4.22.0 lacks for training (gradients of convolutions
 * and embeddings), composed of kernels that it has, and replaces two that are wrong (Conv3D) and one that is slow.
 * Channels last.
 *
 * Can be called before or after the backend starts, and more than once.
 *
 * @example
 * supplyWasmGradients();
 * await tf.setBackend('wasm');
 */
export function supplyWasmGradients(): void {
  supplyKernel('wasm', tf.Conv2DBackpropFilter, conv2dFilter);
  supplyKernel('wasm', tf.DepthwiseConv2dNativeBackpropFilter, depthwiseFilter);
  supplyKernel('wasm', tf.DepthwiseConv2dNativeBackpropInput, depthwiseInput);
  supplyKernel('wasm', tf.UnsortedSegmentSum, segmentSum);
  // Both compiled kernels leave a part of their result unwritten.
  correctKernel('wasm', tf.Conv3DBackpropFilterV2, () => conv3dFilter);
  correctKernel('wasm', tf.Conv3DBackpropInputV2, () => conv3dInput);
  // Right but naive: the forward kernel does the same more than ten times as fast.
  correctKernel(
    'wasm',
    tf.Conv2DBackpropInput,
    (stock) => (call) => (call.attrs?.dataFormat === 'NCHW' ? stock(call) : conv2dInput(call)),
  );
}

const conv2dFilter = composedKernel(
  ({ x, dy }: { x: tf.Tensor4D; dy: tf.Tensor4D }, attributes: Convolution2D & { filterShape: Shape4D }) =>
    kernelGradient(x, dy, axes2d(x.shape, attributes.filterShape, attributes, false)),
);

const conv2dInput = composedKernel(
  (
    { dy, filter }: { dy: tf.Tensor4D; filter: tf.Tensor4D },
    attributes: Convolution2D & { inputShape: Shape4D },
  ) => {
    const axes = axes2d(attributes.inputShape, filter.shape, attributes, false);
    const reversed = tf.transpose(tf.reverse(filter, [0, 1]), [0, 1, 3, 2]) as tf.Tensor4D;
    return tf.conv2d(spreadForInputGradient(dy, axes) as tf.Tensor4D, reversed, 1, 'valid');
  },
);

const depthwiseFilter = composedKernel(
  ({ x, dy }: { x: tf.Tensor4D; dy: tf.Tensor4D }, attributes: Convolution2D & { filterShape: Shape4D }) =>
    depthwiseKernelGradient(x, dy, axes2d(x.shape, attributes.filterShape, attributes, true)),
);

const depthwiseInput = composedKernel(
  (
    { dy, filter }: { dy: tf.Tensor4D; filter: tf.Tensor4D },
    attributes: Convolution2D & { inputShape: Shape4D },
  ) => {
    const axes = axes2d(attributes.inputShape, filter.shape, attributes, true);
    const [height, width, channels, multiplier] = filter.shape;
    // One kernel for each output channel, [kh, kw, c * m, 1]; the m outputs of an input channel are added up.
    const reversed = tf.reshape(tf.reverse(filter, [0, 1]), [
      height,
      width,
      channels * multiplier,
      1,
    ]) as tf.Tensor4D;
    const spread = spreadForInputGradient(dy, axes) as tf.Tensor4D;
    const slopes = tf.depthwiseConv2d(spread, reversed, 1, 'valid', 'NHWC', attributes.dilations ?? 1);
    if (multiplier === 1) return slopes;
    return tf.reshape(tf.sum(tf.reshape(slopes, [-1, channels, multiplier]), 2), attributes.inputShape);
  },
);

const conv3dFilter = composedKernel(
  ({ x, dy }: { x: tf.Tensor5D; dy: tf.Tensor5D }, attributes: Convolution3D & { filterShape: Shape5D }) =>
    kernelGradient(x, dy, axes3d(x.shape, attributes.filterShape, attributes)),
);

const conv3dInput = composedKernel(
  (
    { dy, filter }: { dy: tf.Tensor5D; filter: tf.Tensor5D },
    attributes: Convolution3D & { inputShape: Shape5D },
  ) => {
    const axes = axes3d(attributes.inputShape, filter.shape, attributes);
    const reversed = tf.transpose(tf.reverse(filter, [0, 1, 2]), [0, 1, 2, 4, 3]) as tf.Tensor5D;
    return tf.conv3d(spreadForInputGradient(dy, axes) as tf.Tensor5D, reversed, 1, 'valid');
  },
);

/** Sums rows by segment: x [n, ..], ids [n] -> [segments, ..]. Ids out of range count for nothing. */
const segmentSum = composedKernel(
  (
    { x, segmentIds }: { x: tf.Tensor; segmentIds: tf.Tensor1D },
    { numSegments }: { numSegments: number },
  ) => {
    const shape = [numSegments, ...x.shape.slice(1)];
    const width = tf.util.sizeFromShape(shape.slice(1));
    const rows = x.dataSync();
    const sums = new Float32Array(numSegments * width);
    segmentIds.dataSync().forEach((segment, row) => {
      if (segment < 0 || segment >= numSegments) return;
      for (let i = 0; i < width; i++) {
        const at = segment * width + i;
        sums[at] = (sums[at] ?? 0) + (rows[row * width + i] ?? 0);
      }
    });
    return tf.tensor(sums, shape, x.dtype);
  },
);
