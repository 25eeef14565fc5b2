import sharp from 'sharp';

/** Edge of a rendered icon in pixels. */
export const SIZE = 32;

/** Shades of grey: enough for smooth edges, and few bytes in the sprite. */
export const GREYS = 16;

/**
 * Black on white, SIZE x SIZE bytes of luminance (0 = ink, 255 = paper).
 *
 * Rejects when the SVG can't be read.
 */
export async function render({ body, left, top, width, height }) {
  const svg =
    `<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" color="black" ` +
    `viewBox="${left} ${top} ${width} ${height}" width="${SIZE * 2}" height="${SIZE * 2}">${body}</svg>`;
  const pixels = await sharp(Buffer.from(svg))
    .flatten({ background: 'white' })
    .resize(SIZE, SIZE, { fit: 'contain', background: 'white' })
    .toColourspace('b-w')
    .raw()
    .toBuffer();
  return pixels.map((value) => (Math.round((value / 255) * (GREYS - 1)) * 255) / (GREYS - 1));
}
