import * as tf from '@tensorflow/tfjs-core';
import { shiftInto, spreadOut, takeEvery } from './axis-operations.js';
import { correctGradient } from './kernel-registry.js';
import { correctLayerCall } from './layer-prototypes.js';

/**
 * TensorFlow.js 4.22.0 refuses the gradient of every dilated convolution. A dilated kernel is a larger kernel with
 * zeros in between: its gradient is every d-th entry of the larger kernel's.
 */
export function supplyDilatedConvolutionGradients(): void {
  for (const kernelName of [tf.Conv2D, tf.DepthwiseConv2dNative, tf.Conv3D]) {
    correctGradient(kernelName, (stock) => (dy, saved, attrs) => {
      const [x, filter] = saved as [tf.Tensor, tf.Tensor];
      const dilations = perAxis(attrs.dilations as Dilations, x.rank - 2);
      if (dilations.every((dilation) => dilation === 1)) return stock.gradFunc(dy, saved, attrs);
      const widened = dilations.reduce(
        (wide, d, i) => shiftInto(spreadOut(wide, i, d), i, 0, ((filter.shape[i] ?? 1) - 1) * d + 1),
        filter,
      );
      const gradients = stock.gradFunc(dy, [x, widened], { ...attrs, dilations: dilations.map(() => 1) });
      return {
        x: () => gradients.x?.() as tf.Tensor,
        filter: () =>
          dilations.reduce((wide, d, i) => {
            const kernel = filter.shape[i] ?? 1;
            return takeEvery(shiftInto(wide, i, 0, kernel * d), i, 0, kernel, d);
          }, gradients.filter?.() as tf.Tensor),
      };
    });
  }
  leaveFusedConvolution();
}

type Dilations = number | number[] | null | undefined;

interface Conv2DLayer {
  readonly dilationRate: Dilations;
  readonly dataFormat: string;
  readonly strides: [number, number];
  readonly padding: 'valid' | 'same';
  readonly kernel: { read(): tf.Tensor4D };
  readonly bias: { read(): tf.Tensor1D } | null;
  readonly activation: { apply(x: tf.Tensor): tf.Tensor };
}

/**
 * `Conv2D` layers run the fused convolution, whose gradient is part of the operation and can't be replaced. Dilated
 * ones take the plain convolution instead: the same numbers.
 */
function leaveFusedConvolution(): void {
  correctLayerCall<Conv2DLayer>(
    'Conv2D',
    (stock) =>
      function call(inputs, kwargs) {
        const dilations = perAxis(this.dilationRate, 2) as [number, number];
        if (dilations.every((dilation) => dilation === 1)) return stock.call(this, inputs, kwargs);
        return tf.tidy(() => {
          const x = (Array.isArray(inputs) ? inputs[0] : inputs) as tf.Tensor4D;
          const channelsFirst = this.dataFormat === 'channelsFirst';
          const image = channelsFirst ? tf.transpose(x, [0, 2, 3, 1]) : x;
          const features = tf.conv2d(
            image,
            this.kernel.read(),
            this.strides,
            this.padding,
            'NHWC',
            dilations,
          );
          const biased = this.bias === null ? features : tf.add(features, this.bias.read());
          const arranged = channelsFirst ? tf.transpose(biased, [0, 3, 1, 2]) : biased;
          return this.activation.apply(arranged);
        });
      },
  );
}

function perAxis(dilations: Dilations, axes: number): number[] {
  return Array.isArray(dilations) ? dilations : Array.from({ length: axes }, () => dilations ?? 1);
}
