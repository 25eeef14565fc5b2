import * as tf from '@tensorflow/tfjs-core';
import { correctLayerCall } from './layer-prototypes.js';

interface Weight {
  readonly shape: readonly (number | null)[];
  read(): tf.Tensor;
}
type StandIn = Pick<Weight, 'read'>;

interface NormalizationLayer {
  gamma?: Weight | StandIn | null;
  beta?: Weight | StandIn | null;
  scale: boolean;
  center: boolean;
  readonly axis: number | number[];
}

/**
 * Fault in 4.22.0, every backend: `BatchNormalization` and `LayerNormalization` with `scale: false` or
 * `center: false` throw as soon as a gradient goes through them, and BatchNormalization in training mode at all.
 *
 * Corrected by a scale of ones and an offset of zeros for the length of the call. They are no weights.
 */
export function correctNormalizationWithoutScale(): void {
  for (const className of ['BatchNormalization', 'LayerNormalization']) {
    correctLayerCall<NormalizationLayer>(
      className,
      (stock) =>
        function call(inputs, kwargs) {
          const { gamma, beta, scale, center } = this;
          if (gamma != null && beta != null) return stock.call(this, inputs, kwargs);
          const x = (Array.isArray(inputs) ? inputs[0] : inputs) as tf.Tensor;
          const axes = Array.isArray(this.axis) ? this.axis : [this.axis];
          const shape = axes.map((axis) => x.shape[axis < 0 ? axis + x.rank : axis] ?? 1);
          try {
            this.gamma = gamma ?? { read: () => tf.ones(shape) };
            this.beta = beta ?? { read: () => tf.zeros(shape) };
            this.scale = true;
            this.center = true;
            return stock.call(this, inputs, kwargs);
          } finally {
            Object.assign(this, { gamma, beta, scale, center });
          }
        },
    );
  }
}
