import type { RgbImage } from '@graft/core';
import { decodeImage, loadSharp } from './images.js';

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
  const isPixels = typeof source === 'object' && 'width' in source;
  const { width, height, data } = isPixels ? source : await decodeImage(source);
  const sharp = await loadSharp();
  const jpeg = await sharp(data, { raw: { width, height, channels: 3 } })
    .resize(side, side, { fit: 'cover', kernel: width < side ? 'nearest' : 'lanczos3' })
    .jpeg({ quality: 80 })
    .toBuffer();
  return `data:image/jpeg;base64,${jpeg.toString('base64')}`;
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
