import { crc32, deflateSync } from 'node:zlib';
import sharp from 'sharp';

export type Colour = readonly [number, number, number];

/** Raw pixels for sharp: a plain colour, or one that `pixel` gives. */
export function raw(width: number, height: number, pixel: Colour | ((x: number, y: number) => Colour)) {
  const data = new Uint8Array(width * height * 3);
  for (let i = 0; i < width * height; i++) {
    data.set(typeof pixel === 'function' ? pixel(i % width, Math.floor(i / width)) : pixel, i * 3);
  }
  return sharp(data, { raw: { width, height, channels: 3 } });
}

/** Different for different seeds, so that no two files are equal. */
export const jpeg = (seed: number): Promise<Buffer> =>
  raw(8, 8, (x, y) => [(seed * 37) % 256, (x * 30 + seed) % 256, (y * 30) % 256])
    .jpeg()
    .toBuffer();

/** `count` pictures as files of a folder: `FOLDER/0.jpg` ... */
export async function pictures(folder: string, count: number, seed = 0): Promise<Record<string, Uint8Array>> {
  const files: Record<string, Uint8Array> = {};
  for (let i = 0; i < count; i++)
    files[`${folder}/${i}.jpg`] = await jpeg(seed * 1000 + folder.length * 100 + i);
  return files;
}

/** One chunk of a PNG file (W3C PNG, section 5.3). */
export function pngChunk(type: string, data: Uint8Array): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(data.length);
  sum.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, sum]);
}

export interface PngParts {
  readonly width: number;
  readonly height: number;
  readonly bits?: number;
  readonly extra?: readonly Buffer[];
  readonly pixels?: Uint8Array;
}

/** A grey PNG by hand, for sizes and faults that no encoder writes. */
export function greyPng({ width, height, bits = 8, extra = [], pixels }: PngParts): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header[8] = bits;
  const rows = pixels ?? new Uint8Array(height * (1 + Math.ceil((width * bits) / 8)));
  return Buffer.concat([
    Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'),
    pngChunk('IHDR', header),
    ...extra,
    pngChunk('IDAT', deflateSync(rows)),
    pngChunk('IEND', new Uint8Array()),
  ]);
}
