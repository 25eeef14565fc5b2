/**
 * What one output position takes from one axis of the source: `count[i]` neighbours from `start[i]` on, weighted.
 * The inner neighbours of an area average all weigh the same, so only three weights are kept.
 */
export interface AxisWeights {
  readonly start: Int32Array;
  readonly count: Int32Array;
  readonly first: Float64Array;
  readonly inner: number;
  readonly last: Float64Array;
}

/** Photos of one camera have one size: a few entries serve a whole dataset. */
const weightsCache = new Map<string, AxisWeights>();
const CACHED_AXES = 64;

/**
 * The weights that take an axis of `from` pixels to one of `to`: exact area average where it shrinks, else
 * bilinear with half-pixel centres.
 *
 * @example
 * axisWeights(4, 2); // each output is the mean of two neighbours
 */
export function axisWeights(from: number, to: number): AxisWeights {
  const key = `${from}:${to}`;
  const cached = weightsCache.get(key);
  if (cached) return cached;
  const weights = from > to ? areaWeights(from, to) : bilinearWeights(from, to);
  if (weightsCache.size >= CACHED_AXES) weightsCache.clear();
  weightsCache.set(key, weights);
  return weights;
}

/** Output i is the mean of the source over [i * from / to, (i + 1) * from / to). */
function areaWeights(from: number, to: number): AxisWeights {
  const weights = emptyWeights(to, to / from);
  for (let i = 0; i < to; i++) {
    // In units of 1 / to of a source pixel everything is a whole number, hence exact.
    const begin = i * from;
    const end = begin + from;
    const start = Math.floor(begin / to);
    const stop = Math.ceil(end / to);
    weights.start[i] = start;
    weights.count[i] = stop - start;
    weights.first[i] = ((start + 1) * to - begin) / from;
    weights.last[i] = (end - (stop - 1) * to) / from;
  }
  return weights;
}

/** Output i is read at (i + 0.5) * from / to - 0.5, held at the border. */
function bilinearWeights(from: number, to: number): AxisWeights {
  const weights = emptyWeights(to, 0);
  for (let i = 0; i < to; i++) {
    const position = Math.min(Math.max(((i + 0.5) * from) / to - 0.5, 0), from - 1);
    const start = Math.min(Math.floor(position), Math.max(from - 2, 0));
    weights.start[i] = start;
    weights.count[i] = from === 1 ? 1 : 2;
    weights.first[i] = 1 - (position - start);
    weights.last[i] = position - start;
  }
  return weights;
}

function emptyWeights(size: number, inner: number) {
  return {
    start: new Int32Array(size),
    count: new Int32Array(size),
    first: new Float64Array(size),
    inner,
    last: new Float64Array(size),
  };
}

/** One source row of interleaved RGB, beginning at byte `base`, resized to `out` [width * 3]. */
export function resizeRow(data: Uint8Array, base: number, columns: AxisWeights, out: Float64Array): void {
  const { start, count, first, inner, last } = columns;
  for (let x = 0, j = 0; x < start.length; x++, j += 3) {
    let p = base + (start[x] as number) * 3;
    const firstWeight = first[x] as number;
    let red = (data[p] as number) * firstWeight;
    let green = (data[p + 1] as number) * firstWeight;
    let blue = (data[p + 2] as number) * firstWeight;
    const steps = (count[x] as number) - 1;
    if (steps > 0) {
      // Whole pixels are summed first, as 32-bit integers: this loop sees every byte of a large photo.
      let redSum = 0;
      let greenSum = 0;
      let blueSum = 0;
      const end = p + steps * 3;
      for (p += 3; p < end; p += 3) {
        redSum = (redSum + (data[p] as number)) | 0;
        greenSum = (greenSum + (data[p + 1] as number)) | 0;
        blueSum = (blueSum + (data[p + 2] as number)) | 0;
      }
      const lastWeight = last[x] as number;
      red += redSum * inner + (data[p] as number) * lastWeight;
      green += greenSum * inner + (data[p + 1] as number) * lastWeight;
      blue += blueSum * inner + (data[p + 2] as number) * lastWeight;
    }
    out[j] = red;
    out[j + 1] = green;
    out[j + 2] = blue;
  }
}
