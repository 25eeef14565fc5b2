import * as tf from '@tensorflow/tfjs-core';
import {
  depthwiseKernelGradient,
  kernelGradient,
  type SpatialAxis,
  spreadForInputGradient,
} from './convolution-gradients.js';
import { composedKernel, correctKernel, supplyKernel } from './kernel-registry.js';

type Stride2D = number | [number, number];
type Stride3D = number | [number, number, number];
type Shape4D = [number, number, number, number];
type Shape5D = [number, number, number, number, number];
type Padding = Parameters<typeof tf.backend_util.computeConv2DInfo>[4];
type Rounding = Parameters<typeof tf.backend_util.computeConv2DInfo>[5];

interface Convolution2D {
  readonly strides: Stride2D;
  readonly pad: Padding;
  readonly dataFormat?: 'NHWC' | 'NCHW';
  readonly dimRoundingMode?: Rounding;
  readonly dilations?: Stride2D;
}

interface Convolution3D {
  readonly strides: Stride3D;
  readonly pad: 'valid' | 'same';
}

/**
 * Supplies the kernels that the wasm backend of TensorFlow.js 4.22.0 lacks for training (gradients of convolutions
 * and embeddings), composed of kernels that it has, and replaces its two wrong ones (Conv3D). Channels last.
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
  // Both compiled kernels add into memory that they don't clear first, and swap strides.
  correctKernel('wasm', tf.Conv3DBackpropFilterV2, () => conv3dFilter);
  correctKernel('wasm', tf.Conv3DBackpropInputV2, () => conv3dInput);
}

const conv2dFilter = composedKernel(
  ({ x, dy }: { x: tf.Tensor4D; dy: tf.Tensor4D }, attributes: Convolution2D & { filterShape: Shape4D }) =>
    kernelGradient(x, dy, axes2d(x.shape, attributes.filterShape, attributes, false)),
);

const depthwiseFilter = composedKernel(
  ({ x, dy }: { x: tf.Tensor4D; dy: tf.Tensor4D }, attributes: Convolution2D & { filterShape: Shape4D }) =>
    depthwiseKernelGradient(x, dy, axes2d(x.shape, attributes.filterShape, attributes, true)),
);

const depthwiseInput = composedKernel(
  ({ dy, filter }: { dy: tf.Tensor4D; filter: tf.Tensor4D }, attributes: Convolution2D & { inputShape: Shape4D }) => {
    const axes = axes2d(attributes.inputShape, filter.shape, attributes, true);
    const [height, width, channels, multiplier] = filter.shape;
    // One kernel for each output channel, [kh, kw, c * m, 1]; the m outputs of an input channel are added up.
    const reversed = tf.reshape(tf.reverse(filter, [0, 1]), [height, width, channels * multiplier, 1]) as tf.Tensor4D;
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
  ({ dy, filter }: { dy: tf.Tensor5D; filter: tf.Tensor5D }, attributes: Convolution3D & { inputShape: Shape5D }) => {
    const axes = axes3d(attributes.inputShape, filter.shape, attributes);
    const reversed = tf.transpose(tf.reverse(filter, [0, 1, 2]), [0, 1, 2, 4, 3]) as tf.Tensor5D;
    return tf.conv3d(spreadForInputGradient(dy, axes) as tf.Tensor5D, reversed, 1, 'valid');
  },
);

/** Sums rows by segment: x [n, ..], ids [n] -> [segments, ..]. Ids out of range count for nothing. */
const segmentSum = composedKernel(
  ({ x, segmentIds }: { x: tf.Tensor; segmentIds: tf.Tensor1D }, { numSegments }: { numSegments: number }) => {
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

function axes2d(input: Shape4D, filter: Shape4D, attributes: Convolution2D, depthwise: boolean): SpatialAxis[] {
  const { strides, pad, dataFormat, dimRoundingMode, dilations } = attributes;
  tf.util.assert(dataFormat !== 'NCHW', () => 'Expected channels last in the gradient of a convolution. Received NCHW.');
  const info = tf.backend_util.computeConv2DInfo(input, filter, strides, dilations ?? 1, pad, dimRoundingMode, depthwise);
  return [
    {
      kernel: info.filterHeight,
      stride: info.strideHeight,
      dilation: info.dilationHeight,
      before: info.padInfo.top,
      inputSize: info.inHeight,
      outputSize: info.outHeight,
    },
    {
      kernel: info.filterWidth,
      stride: info.strideWidth,
      dilation: info.dilationWidth,
      before: info.padInfo.left,
      inputSize: info.inWidth,
      outputSize: info.outWidth,
    },
  ];
}

function axes3d(input: Shape5D, filter: Shape5D, { strides, pad }: Convolution3D): SpatialAxis[] {
  const info = tf.backend_util.computeConv3DInfo(input, filter, strides, 1, pad);
  const { front, top, left } = info.padInfo;
  return [
    { kernel: info.filterDepth, stride: info.strideDepth, dilation: 1, before: front, inputSize: info.inDepth, outputSize: info.outDepth },
    { kernel: info.filterHeight, stride: info.strideHeight, dilation: 1, before: top, inputSize: info.inHeight, outputSize: info.outHeight },
    { kernel: info.filterWidth, stride: info.strideWidth, dilation: 1, before: left, inputSize: info.inWidth, outputSize: info.outWidth },
  ];
}
