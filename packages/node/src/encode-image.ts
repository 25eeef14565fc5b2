import type { RgbImage } from '@graft/core';
import type { Sharp } from 'sharp';
import { loadSharp, withPicture } from './images.js';

const side = 96; // pixels

/**
 * A picture as a small square JPEG in a data URL: a page that shows it needs no other file.
 *
 * @param source a path, a file's bytes, or decoded pixels
 * @throws GraftError `data/bad-image`
 *
 * @example
 * const dataUrl = await thumbnail('photos/car/1.jpg'); // 'data:image/jpeg;base64,...'
 */
export async function thumbnail(source: string | Uint8Array | RgbImage): Promise<string> {
  const jpeg = await smallJpeg(source);
  return `data:image/jpeg;base64,${jpeg.toString('base64')}`;
}

async function smallJpeg(source: string | Uint8Array | RgbImage): Promise<Buffer> {
  if (typeof source === 'object' && 'width' in source) {
    const { width, height, data } = source;
    return shrunk((await loadSharp())(data, { raw: { width, height, channels: 3 } }), width);
  }
  // Resized while it is decoded: a JPEG of 12 megapixels is never there as a whole.
  return withPicture(source, undefined, async (picture) => shrunk(picture, (await picture.metadata()).width));
}

function shrunk(picture: Sharp, width: number): Promise<Buffer> {
  const kernel = width < side ? 'nearest' : 'lanczos3';
  return picture.resize(side, side, { fit: 'cover', kernel }).jpeg({ quality: 80 }).toBuffer();
}

/**
 * Pixels as the bytes of a PNG file, without loss.
 *
 * @example
 * await writeFile('icon.png', await encodePng(image));
 */
export async function encodePng({ width, height, data }: RgbImage): Promise<Uint8Array> {
  const sharp = await loadSharp();
  return sharp(data, { raw: { width, height, channels: 3 } })
    .png()
    .toBuffer();
}
