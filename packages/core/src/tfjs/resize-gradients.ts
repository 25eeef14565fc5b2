import * as tf from '@tensorflow/tfjs-core';
import { correctKernel } from './kernel-registry.js';

/**
 * Fault in 4.22.0, cpu (`ResizeNearestNeighborGrad`, used by `UpSampling2D`): the second and later examples of a
 * batch read the output's gradient at the offset of the smaller input.
 *
 * Corrected by folding the batch into the channels, so that the stock kernel sees one example.
 */
export function correctNearestResizeGradient(): void {
  correctKernel(
    'cpu',
    tf.ResizeNearestNeighborGrad,
    (stock) =>
      ({ inputs, backend, attrs }) =>
        tf.tidy(() => {
          const images = inputs.images as tf.Tensor4D;
          const [batch, height, width, channels] = images.shape;
          const fold = (x: tf.Tensor4D): tf.Tensor =>
            tf.reshape(tf.transpose(x, [1, 2, 0, 3]), [1, ...x.shape.slice(1, 3), batch * channels]);
          const folded = stock({
            inputs: { images: fold(images), dy: fold(inputs.dy as tf.Tensor4D) },
            backend,
            ...(attrs && { attrs }),
          }) as tf.TensorInfo;
          const gradient = tf.engine().makeTensorFromTensorInfo(folded);
          return tf.transpose(tf.reshape(gradient, [height, width, batch, channels]), [2, 0, 1, 3]);
        }),
  );
}

/**
 * Fault in 4.22.0, cpu (`ResizeBilinearGrad`): the result's shape has height and width swapped, so that the gradient
 * of an image that isn't square is refused. The values are right.
 */
export function correctBilinearResizeGradient(): void {
  correctKernel('cpu', tf.ResizeBilinearGrad, (stock) => (call) => ({
    ...(stock(call) as tf.TensorInfo),
    shape: call.inputs.images?.shape ?? [],
  }));
}
