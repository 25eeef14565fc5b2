import * as tf from '@tensorflow/tfjs-core';
import { composedKernel, correctKernel } from './kernel-registry.js';

type Info = ReturnType<typeof tf.backend_util.computePool3DInfo>;
type Stride2D = [number, number] | number;
type Stride3D = [number, number, number] | number;

interface Pooling<Stride> {
  readonly filterSize: Stride;
  readonly strides: Stride;
  readonly pad: Parameters<typeof tf.backend_util.computePool3DInfo>[4];
  readonly dimRoundingMode?: Parameters<typeof tf.backend_util.computePool3DInfo>[5];
}

/**
 * Faults in 4.22.0. wasm (`MaxPoolGrad`, `MaxPool3D`, `MaxPool3DGrad`): the search for a window's maximum starts from
 * the smallest positive number instead of minus infinity. A window without a positive value gets no gradient, and in
 * three dimensions even the forward pass answers 0 for it. cpu (`MaxPool3DGrad`): the position in the window is counted
 * with its height for a row's length, so that the gradient of a window that isn't square goes to the wrong pixel.
 *
 * Replaced by a search of our own. As in the stock kernels the first of equal maxima gets the whole gradient.
 */
export function correctMaxPooling(backendName: 'cpu' | 'wasm'): void {
  correctKernel(backendName, tf.MaxPool3DGrad, () => gradient3d);
  if (backendName === 'cpu') return;
  correctKernel(backendName, tf.MaxPoolGrad, () => gradient2d);
  correctKernel(backendName, tf.MaxPool3D, () => forward3d);
}

const gradient2d = composedKernel(
  (
    { dy, input }: { dy: tf.Tensor4D; input: tf.Tensor4D },
    { filterSize, strides, pad, dimRoundingMode }: Pooling<Stride2D>,
  ) => {
    const plane = tf.backend_util.computePool2DInfo(
      input.shape,
      filterSize,
      strides,
      1,
      pad as 'same',
      dimRoundingMode,
    );
    // A plane is a volume one pixel deep.
    const info = {
      ...plane,
      ...{ inDepth: 1, outDepth: 1, filterDepth: 1, strideDepth: 1, padInfo: { ...plane.padInfo, front: 0 } },
    };
    return gradient(input, dy, winners(input, info));
  },
);

const gradient3d = composedKernel(
  ({ dy, input }: { dy: tf.Tensor5D; input: tf.Tensor5D }, attributes: Pooling<Stride3D>) =>
    gradient(input, dy, winners(input, info3d(input, attributes))),
);

const forward3d = composedKernel(({ x }: { x: tf.Tensor5D }, attributes: Pooling<Stride3D>) => {
  const info = info3d(x, attributes);
  const values = x.dataSync();
  const maxima = Float32Array.from(winners(x, info), (winner) => values[winner] ?? Number.NaN);
  return tf.tensor(maxima, info.outShape, x.dtype);
});

function info3d(x: tf.Tensor5D, { filterSize, strides, pad, dimRoundingMode }: Pooling<Stride3D>): Info {
  return tf.backend_util.computePool3DInfo(x.shape, filterSize, strides, 1, pad, dimRoundingMode);
}

function gradient(x: tf.Tensor, dy: tf.Tensor, winners: Int32Array): tf.Tensor {
  const slopes = dy.dataSync();
  const sums = new Float32Array(x.size);
  winners.forEach((winner, output) => {
    if (winner >= 0) sums[winner] = (sums[winner] as number) + (slopes[output] as number);
  });
  return tf.tensor(sums, x.shape);
}

type Window = Pick<
  Info,
  'batchSize' | 'inChannels' | 'inDepth' | 'inHeight' | 'inWidth' | 'outDepth' | 'outHeight' | 'outWidth'
> &
  Pick<
    Info,
    'filterDepth' | 'filterHeight' | 'filterWidth' | 'strideDepth' | 'strideHeight' | 'strideWidth'
  > & {
    readonly padInfo: { readonly front: number; readonly top: number; readonly left: number };
  };

/** Flat index into x of the first maximum of each window, in the order of the outputs; -1: only NaN. */
function winners(x: tf.Tensor, info: Window): Int32Array {
  const {
    batchSize,
    inChannels: channels,
    inDepth,
    inHeight,
    inWidth,
    outDepth,
    outHeight,
    outWidth,
    padInfo,
  } = info;
  const values = x.dataSync();
  const found = new Int32Array(batchSize * outDepth * outHeight * outWidth * channels).fill(-1);
  const best = new Float32Array(channels);
  let output = 0;
  for (let example = 0; example < batchSize; example++) {
    for (let depth = 0; depth < outDepth; depth++) {
      const [zFrom, zTo] = span(depth, info.strideDepth, padInfo.front, info.filterDepth, inDepth);
      for (let row = 0; row < outHeight; row++) {
        const [yFrom, yTo] = span(row, info.strideHeight, padInfo.top, info.filterHeight, inHeight);
        for (let column = 0; column < outWidth; column++, output += channels) {
          const [xFrom, xTo] = span(column, info.strideWidth, padInfo.left, info.filterWidth, inWidth);
          best.fill(Number.NEGATIVE_INFINITY);
          for (let z = zFrom; z < zTo; z++) {
            for (let y = yFrom; y < yTo; y++) {
              for (let at = xFrom; at < xTo; at++) {
                const pixel = (((example * inDepth + z) * inHeight + y) * inWidth + at) * channels;
                for (let channel = 0; channel < channels; channel++) {
                  const value = values[pixel + channel] as number;
                  if (value > (best[channel] as number)) {
                    best[channel] = value;
                    found[output + channel] = pixel + channel;
                  }
                }
              }
            }
          }
        }
      }
    }
  }
  return found;
}

/** The pixels [from, to) that a window holds along one axis. */
function span(
  position: number,
  stride: number,
  before: number,
  window: number,
  size: number,
): [number, number] {
  const start = position * stride - before;
  return [Math.max(0, start), Math.min(size, start + window)];
}
