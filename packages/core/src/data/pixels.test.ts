import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { GraftError } from '../errors.js';
import type { InputSpec } from './input-spec.js';
import { pixelsToInput, type RgbImage } from './pixels.js';

const spec = (changes: Partial<InputSpec> = {}): InputSpec => ({
  width: 2,
  height: 2,
  channels: 3,
  range: [0, 255],
  colorOrder: 'rgb',
  resize: 'stretch',
  mean: 0,
  std: 1,
  ...changes,
});

/** Pixel (x, y) has the value that `value` gives for each channel. */
function picture(
  width: number,
  height: number,
  value: (x: number, y: number, c: number) => number,
): RgbImage {
  const data = new Uint8Array(width * height * 3);
  for (let i = 0; i < data.length; i++) {
    data[i] = value(Math.floor(i / 3) % width, Math.floor(i / 3 / width), i % 3);
  }
  return { width, height, data };
}

const noise = (width: number, height: number, seed: number) =>
  picture(width, height, (x, y, c) => ((x * 7919 + y * 104_729 + c * 31 + seed) * 2_654_435_761) >>> 24);

/** One axis by definition: [to][from] weights, each row summing to 1. */
function bruteWeights(from: number, to: number): number[][] {
  return Array.from({ length: to }, (_, i) => {
    const row = new Array<number>(from).fill(0);
    if (from > to) {
      const [begin, end] = [(i * from) / to, ((i + 1) * from) / to];
      return row.map((_, p) => (Math.max(0, Math.min(end, p + 1) - Math.max(begin, p)) * to) / from);
    }
    const position = ((i + 0.5) * from) / to - 0.5;
    const low = Math.floor(position);
    const clamp = (p: number) => Math.min(Math.max(p, 0), from - 1);
    row[clamp(low)] = (row[clamp(low)] as number) + 1 - (position - low);
    row[clamp(low + 1)] = (row[clamp(low + 1)] as number) + position - low;
    return row;
  });
}

function bruteResize(image: RgbImage, width: number, height: number): number[] {
  const [columns, rows] = [bruteWeights(image.width, width), bruteWeights(image.height, height)];
  const out: number[] = [];
  for (const row of rows) {
    for (const column of columns) {
      for (let c = 0; c < 3; c++) {
        let sum = 0;
        for (let y = 0; y < image.height; y++) {
          for (let x = 0; x < image.width; x++) {
            sum +=
              (row[y] as number) *
              (column[x] as number) *
              (image.data[(y * image.width + x) * 3 + c] as number);
          }
        }
        out.push(sum);
      }
    }
  }
  return out;
}

function expectClose(actual: ArrayLike<number>, expected: ArrayLike<number>, tolerance: number): void {
  expect(actual.length).toBe(expected.length);
  for (let i = 0; i < expected.length; i++) {
    const difference = Math.abs((actual[i] as number) - (expected[i] as number));
    if (!(difference <= tolerance)) throw new Error(`value ${i}: ${actual[i]} instead of ${expected[i]}`);
  }
}

describe('resize', () => {
  it('equals the definition for any sizes, growing or shrinking each axis', () => {
    const size = fc.integer({ min: 1, max: 17 });
    fc.assert(
      fc.property(size, size, size, size, fc.nat(999), (fromWidth, fromHeight, width, height, seed) => {
        const image = noise(fromWidth, fromHeight, seed);
        const input = pixelsToInput(image, spec({ width, height }));
        expectClose(input, bruteResize(image, width, height), 1e-4);
      }),
      { numRuns: 300 },
    );
  });

  it('leaves a picture of the right size as it is', () => {
    const image = noise(5, 4, 1);
    expect([...pixelsToInput(image, spec({ width: 5, height: 4 }))]).toEqual([...image.data]);
  });

  it('keeps a plain colour exactly, whatever the sizes', () => {
    const image = picture(37, 23, (_x, _y, c) => [255, 7, 128][c] as number);
    const input = pixelsToInput(image, spec({ width: 11, height: 29 }));
    expectClose(input, new Array(11 * 29).fill([255, 7, 128]).flat(), 1e-4);
  });

  it('averages area when shrinking: a checkerboard becomes grey', () => {
    const board = picture(64, 64, (x, y) => ((x + y) % 2) * 255);
    expectClose(pixelsToInput(board, spec()), new Array(12).fill(127.5), 1e-4);
  });

  it('interpolates at half-pixel centres when growing', () => {
    const image = picture(2, 1, (x) => x * 100);
    const input = pixelsToInput(image, spec({ width: 4, height: 1 }));
    expectClose(
      [0, 3, 6, 9].map((j) => input[j] as number),
      [0, 25, 75, 100],
      1e-5,
    );
  });
});

interface GoldenResize {
  readonly name: string;
  readonly width: number;
  readonly height: number;
  readonly targetWidth: number;
  readonly targetHeight: number;
  readonly rgb: readonly number[];
  readonly expected: readonly number[];
}

describe('resize as JAX and NumPy do it', () => {
  const golden = new URL('../../../../tooling/oracle/golden/resize.json', import.meta.url);
  const { cases } = JSON.parse(readFileSync(golden, 'utf8')) as { cases: GoldenResize[] };
  it.each(cases)('$name', ({ width, height, targetWidth, targetHeight, rgb, expected }) => {
    const image = { width, height, data: Uint8Array.from(rgb) };
    expectClose(pixelsToInput(image, spec({ width: targetWidth, height: targetHeight })), expected, 1e-3);
  });
});

describe('crop', () => {
  it('takes the largest centred rectangle of the aspect ratio', () => {
    const image = picture(9, 4, (x) => x * 10);
    const input = pixelsToInput(image, spec({ width: 4, height: 4, resize: 'crop' }));
    // 4 of 9 columns, (9 - 4) / 2 rounded down from the left.
    expect([0, 3, 6, 9].map((j) => input[j])).toEqual([20, 30, 40, 50]);
  });

  it('never crops to nothing', () => {
    const image = picture(1, 50, () => 9);
    const input = pixelsToInput(image, spec({ width: 100, height: 1, resize: 'crop' }));
    expect(new Set(input)).toEqual(new Set([9]));
  });
});

describe('values', () => {
  const red = picture(1, 1, (_x, _y, c) => [255, 51, 0][c] as number);
  const one = { width: 1, height: 1 };

  it('maps 0..255 to the range', () => {
    expectClose(pixelsToInput(red, spec({ ...one, range: [-1, 1] })), [1, -0.6, -1], 1e-6);
  });

  it('orders the colours, then takes mean and std in that order', () => {
    const input = pixelsToInput(
      red,
      spec({ ...one, colorOrder: 'bgr', mean: [104, 117, 123], std: [1, 2, 4] }),
    );
    expectClose(input, [-104, (51 - 117) / 2, (255 - 123) / 4], 1e-5);
  });

  it('makes luminance of one channel', () => {
    const input = pixelsToInput(red, spec({ ...one, channels: 1, range: [0, 1], mean: [0.5], std: 0.5 }));
    expectClose(input, [((0.299 * 255 + 0.587 * 51) / 255 - 0.5) / 0.5], 1e-6);
  });
});

describe('errors', () => {
  const image = noise(2, 2, 0);
  const cases: [string, RgbImage, InputSpec, string][] = [
    ['bytes missing', { ...image, data: image.data.subarray(1) }, spec(), 'data/bad-image'],
    ['no pixels', { width: 0, height: 2, data: new Uint8Array(0) }, spec(), 'data/bad-image'],
    ['two means', image, spec({ mean: [1, 2] }), 'usage/input-spec'],
    ['std of 0', image, spec({ std: [1, 0, 1] }), 'usage/input-spec'],
  ];
  it.each(cases)('%s', (_name, picture_, spec_, code) => {
    expect(() => pixelsToInput(picture_, spec_)).toThrow(expect.objectContaining({ code }));
    expect(() => pixelsToInput(picture_, spec_)).toThrow(GraftError);
  });
});
