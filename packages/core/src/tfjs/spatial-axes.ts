import * as tf from '@tensorflow/tfjs-core';
import type { SpatialAxis } from './convolution-gradients.js';

type Stride2D = number | [number, number];
type Stride3D = number | [number, number, number];
export type Shape4D = [number, number, number, number];
export type Shape5D = [number, number, number, number, number];
type Padding = Parameters<typeof tf.backend_util.computeConv2DInfo>[4];
type Rounding = Parameters<typeof tf.backend_util.computeConv2DInfo>[5];

/** What the kernels of two-dimensional convolutions are told. */
export interface Convolution2D {
  readonly strides: Stride2D;
  readonly pad: Padding;
  readonly dataFormat?: 'NHWC' | 'NCHW';
  readonly dimRoundingMode?: Rounding;
  readonly dilations?: Stride2D;
}

/** What the kernels of three-dimensional convolutions are told. */
export interface Convolution3D {
  readonly strides: Stride3D;
  readonly pad: 'valid' | 'same';
}

/** Height and width. Channels last only. */
export function axes2d(
  input: Shape4D,
  filter: Shape4D,
  attributes: Convolution2D,
  depthwise: boolean,
): SpatialAxis[] {
  const { strides, pad, dataFormat, dimRoundingMode, dilations } = attributes;
  tf.util.assert(
    dataFormat !== 'NCHW',
    () => 'Expected channels last in the gradient of a convolution. Received NCHW.',
  );
  const info = tf.backend_util.computeConv2DInfo(
    input,
    filter,
    strides,
    dilations ?? 1,
    pad,
    dimRoundingMode,
    depthwise,
  );
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

/** Depth, height and width. */
export function axes3d(input: Shape5D, filter: Shape5D, { strides, pad }: Convolution3D): SpatialAxis[] {
  const info = tf.backend_util.computeConv3DInfo(input, filter, strides, 1, pad);
  const { front, top, left } = info.padInfo;
  return [
    {
      kernel: info.filterDepth,
      stride: info.strideDepth,
      dilation: 1,
      before: front,
      inputSize: info.inDepth,
      outputSize: info.outDepth,
    },
    {
      kernel: info.filterHeight,
      stride: info.strideHeight,
      dilation: 1,
      before: top,
      inputSize: info.inHeight,
      outputSize: info.outHeight,
    },
    {
      kernel: info.filterWidth,
      stride: info.strideWidth,
      dilation: 1,
      before: left,
      inputSize: info.inWidth,
      outputSize: info.outWidth,
    },
  ];
}
