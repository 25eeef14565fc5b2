import { GraftError } from '../errors.js';
import type { InputSpec } from './input-spec.js';
import { axisWeights, resizeRow } from './resize.js';

/** A decoded picture: all that a platform has to supply. */
export interface RgbImage {
  readonly width: number;
  readonly height: number;
  /** Interleaved RGB, 3 bytes a pixel, rows from the top: [height * width * 3]. */
  readonly data: Uint8Array;
}

/** ITU-R BT.601 luma of red, green and blue. */
const LUMINANCE = [0.299, 0.587, 0.114] as const;

/**
 * The values that a model takes, from a decoded picture. In this order: centre crop (`resize: 'crop'`), resize
 * (bilinear with half-pixel centres where an axis grows, exact area average where it shrinks), 0..255 to
 * `range`, colour order or luminance, then `(x - mean) / std` in the model's channel order.
 *
 * @returns [height * width * channels], row by row
 * @throws GraftError `data/bad-image` where the bytes do not fit width x height x 3, `usage/input-spec` where
 *   mean or std have neither one value nor one a channel, or std is 0
 *
 * @example
 * const input = tf.tensor3d(pixelsToInput(image, spec), [spec.height, spec.width, spec.channels]);
 */
export function pixelsToInput(image: RgbImage, spec: InputSpec): Float32Array {
  if (image.width < 1 || image.height < 1 || image.data.length !== image.width * image.height * 3) {
    throw new GraftError(
      'data/bad-image',
      `Expected ${image.width} x ${image.height} x 3 bytes. Received ${image.data.length}.`,
    );
  }
  const { left, top, width, height } =
    spec.resize === 'crop' ? centreCrop(image, spec) : { left: 0, top: 0, ...image };
  const columns = axisWeights(width, spec.width);
  const rows = axisWeights(height, spec.height);
  const { scale, offset } = channelScale(spec);

  const rowLength = spec.width * 3;
  const rgb = new Float64Array(rowLength); // one output row before the channels are scaled
  const resized = [new Float64Array(rowLength), new Float64Array(rowLength)] as const; // of two source rows
  const held = [-1, -1]; // which source rows those are
  const output = new Float32Array(spec.height * spec.width * spec.channels);

  for (let y = 0; y < spec.height; y++) {
    const start = rows.start[y] as number;
    const count = rows.count[y] as number;
    rgb.fill(0);
    for (let k = 0; k < count; k++) {
      const sourceRow = start + k;
      // Neighbouring output rows share a source row or two: when growing both, when shrinking the border.
      const slot = sourceRow & 1;
      const row = resized[slot as 0 | 1];
      if (held[slot] !== sourceRow) {
        resizeRow(image.data, ((top + sourceRow) * image.width + left) * 3, columns, row);
        held[slot] = sourceRow;
      }
      const weight =
        k === 0 ? (rows.first[y] as number) : k === count - 1 ? (rows.last[y] as number) : rows.inner;
      for (let j = 0; j < rowLength; j++) rgb[j] = (rgb[j] as number) + weight * (row[j] as number);
    }
    writeRow(rgb, output, y * spec.width * spec.channels, spec, scale, offset);
  }
  return output;
}

/** The largest centred rectangle of the target's aspect ratio, in whole pixels, rounded down as Keras's `smart_resize`. */
function centreCrop(image: RgbImage, target: { readonly width: number; readonly height: number }) {
  const width = Math.max(1, Math.min(image.width, Math.floor((image.height * target.width) / target.height)));
  const height = Math.max(
    1,
    Math.min(image.height, Math.floor((image.width * target.height) / target.width)),
  );
  return {
    left: Math.floor((image.width - width) / 2),
    top: Math.floor((image.height - height) / 2),
    width,
    height,
  };
}

/** Range, mean and std as one factor and one summand for each channel of the model. */
function channelScale(spec: InputSpec): { scale: number[]; offset: number[] } {
  const [black, white] = spec.range;
  const value = (name: 'mean' | 'std', channel: number): number => {
    const values = spec[name];
    if (typeof values === 'number') return values;
    if (values.length !== 1 && values.length !== spec.channels) {
      throw new GraftError(
        'usage/input-spec',
        `Expected one ${name} for all channels or ${spec.channels}. Received ${values.length}.`,
      );
    }
    return values[values.length === 1 ? 0 : channel] as number;
  };
  const scale: number[] = [];
  const offset: number[] = [];
  for (let channel = 0; channel < spec.channels; channel++) {
    const std = value('std', channel);
    if (!(Math.abs(std) > 0)) {
      throw new GraftError('usage/input-spec', `Expected std other than 0. Received ${std}.`);
    }
    scale.push((white - black) / 255 / std);
    offset.push((black - value('mean', channel)) / std);
  }
  return { scale, offset };
}

function writeRow(
  rgb: Float64Array,
  output: Float32Array,
  base: number,
  spec: InputSpec,
  scale: readonly number[],
  offset: readonly number[],
): void {
  if (spec.channels === 1) {
    const [scaleGrey, offsetGrey] = [scale[0] as number, offset[0] as number];
    for (let x = 0, j = 0; x < spec.width; x++, j += 3) {
      const grey =
        LUMINANCE[0] * (rgb[j] as number) +
        LUMINANCE[1] * (rgb[j + 1] as number) +
        LUMINANCE[2] * (rgb[j + 2] as number);
      output[base + x] = grey * scaleGrey + offsetGrey;
    }
    return;
  }
  const source = spec.colorOrder === 'bgr' ? [2, 1, 0] : [0, 1, 2];
  for (let channel = 0; channel < 3; channel++) {
    const [factor, summand, from] = [
      scale[channel] as number,
      offset[channel] as number,
      source[channel] as number,
    ];
    for (let j = 0; j < rgb.length; j += 3)
      output[base + j + channel] = (rgb[j + from] as number) * factor + summand;
  }
}
