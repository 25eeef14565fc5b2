import * as tf from '@tensorflow/tfjs-core';
import { correctKernel } from './kernel-registry.js';

type Shape = [number, number, number, number];
type Stride = number | [number, number];

/**
 * Fault in 4.22.0, wasm: a convolution with padding `same` whose kernel is smaller than its stride reads beyond the
 * image where the last window ends before the image does (6 pixels, kernel 2, stride 3). The compiled code subtracts
 * below zero: forward pass and gradient are garbage.
 *
 * Corrected by naming the padding in pixels, none, which the compiled code takes as it is.
 */
export function correctWasmSamePadding(): void {
  const kernels = [
    { kernelName: tf.Conv2D, depthwise: false },
    { kernelName: tf.FusedConv2D, depthwise: false },
    { kernelName: tf.DepthwiseConv2dNative, depthwise: true },
    { kernelName: tf.FusedDepthwiseConv2D, depthwise: true },
  ];
  for (const { kernelName, depthwise } of kernels) {
    correctKernel('wasm', kernelName, (stock) => (call) => {
      const { strides, pad, dilations } = call.attrs as unknown as {
        strides: Stride;
        pad: unknown;
        dilations?: Stride;
      };
      if (pad !== 'same' || tf.backend_util.tupleValuesAreOne(strides)) return stock(call);
      const input = call.inputs.x?.shape as Shape;
      const filter = call.inputs.filter?.shape as Shape;
      const info = tf.backend_util.computeConv2DInfo(
        input,
        filter,
        strides,
        dilations ?? 1,
        pad,
        undefined,
        depthwise,
      );
      const { top, bottom, left, right } = info.padInfo;
      const unseenRows =
        info.inHeight - (info.outHeight - 1) * info.strideHeight - info.effectiveFilterHeight;
      const unseenColumns = info.inWidth - (info.outWidth - 1) * info.strideWidth - info.effectiveFilterWidth;
      if (unseenRows <= 0 && unseenColumns <= 0) return stock(call);
      return stock({
        ...call,
        attrs: {
          ...call.attrs,
          pad: [
            [0, 0],
            [top, bottom],
            [left, right],
            [0, 0],
          ],
        },
      });
    });
  }
}
