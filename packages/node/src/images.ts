import { stat } from 'node:fs/promises';
import { GraftError, type InputSpec, pixelsToInput, type RgbImage } from '@graft/core';
import { createLimit, decodeSlots } from './bounded.js';
import { readBytes } from './read-bytes.js';
import { systemReason } from './system-errors.js';

const MOST_PIXELS = 50e6;
/** JPEG's own limit; resizing a longer strip would take minutes. */
const LONGEST_SIDE = 65_535;
const MOST_BYTES = 512 * 2 ** 20;

type Sharp = typeof import('sharp').default;
let sharpReady: Promise<Sharp> | null = null;

/** Loads sharp at the first picture, and leaves it only three formats to read, for the whole process. */
export function loadSharp(): Promise<Sharp> {
  sharpReady ??= import('sharp').then(({ default: sharp }) => {
    sharp.cache(false);
    sharp.block({ operation: ['VipsForeignLoad'] });
    sharp.unblock({
      operation: ['VipsForeignLoadJpegBuffer', 'VipsForeignLoadPngBuffer', 'VipsForeignLoadWebpBuffer'],
    });
    return sharp;
  });
  return sharpReady;
}

const limit = createLimit(decodeSlots);

/**
 * Decodes a JPEG, PNG or WebP picture to 8-bit RGB: EXIF orientation applied, transparent parts on white, CMYK,
 * grey and 16 bit converted, of an animation the first frame.
 *
 * @param source a path, or the file's bytes
 * @param name what to call it in errors; the path, if not given
 * @throws GraftError `data/bad-image` with `details: { file, reason }`
 *
 * @example
 * const { width, height } = await decodeImage('photos/car/1.jpg');
 */
export async function decodeImage(source: string | Uint8Array, name?: string): Promise<RgbImage> {
  return limit(() => decodeNow(source, name));
}

/**
 * The values that a model takes, from a picture file: decoded, then resized and scaled as `spec` says. Only a few
 * files are decoded at once in the whole process, however many are asked for.
 *
 * @returns [height * width * channels]
 * @throws GraftError `data/bad-image`
 *
 * @example
 * const values = await imageInput('photos/car/1.jpg', spec);
 */
export async function imageInput(
  source: string | Uint8Array,
  spec: InputSpec,
  name?: string,
): Promise<Float32Array> {
  return limit(async () => pixelsToInput(await decodeNow(source, name), spec));
}

function decodeNow(source: string | Uint8Array, name?: string): Promise<RgbImage> {
  return withPicture(source, name, async (picture, file) => {
    const { data, info } = await picture.raw({ depth: 'uchar' }).toBuffer({ resolveWithObject: true });
    if (Math.max(info.width, info.height) > LONGEST_SIDE) {
      throw badImage(file, `${info.width} x ${info.height} pixels, a side is longer than ${LONGEST_SIDE}`);
    }
    return { width: info.width, height: info.height, data };
  });
}

/**
 * A picture that nothing was decoded of yet: upright, opaque, in sRGB.
 *
 * @param use what becomes of it; what sharp throws is a bad picture
 * @throws GraftError `data/bad-image`
 */
export async function withPicture<T>(
  source: string | Uint8Array,
  name: string | undefined,
  use: (picture: ReturnType<Sharp>, file: string) => Promise<T>,
): Promise<T> {
  const file = name ?? (typeof source === 'string' ? source : 'picture');
  const bytes = typeof source === 'string' ? await readImageFile(source, file) : source;
  if (!isSupported(bytes))
    throw badImage(file, bytes.length ? 'not a JPEG, PNG or WebP file' : 'the file is empty');
  const sharp = await loadSharp();
  try {
    const picture = sharp(bytes, { failOn: 'error', limitInputPixels: MOST_PIXELS })
      .autoOrient()
      .flatten({ background: '#ffffff' })
      .toColourspace('srgb');
    return await use(picture, file);
  } catch (error) {
    if (error instanceof GraftError) throw error;
    throw badImage(file, (error as Error).message.trim().split('\n')[0] ?? 'unreadable', error);
  }
}

/**
 * A picture file's bytes. Never opens a pipe or a device, which could block for ever.
 *
 * @throws GraftError `data/bad-image`
 */
export async function readImageFile(path: string, name: string): Promise<Uint8Array> {
  try {
    const found = await stat(path);
    if (!found.isFile()) throw badImage(name, 'not a regular file');
    if (found.size > MOST_BYTES) throw badImage(name, `${found.size} bytes, more than ${MOST_BYTES}`);
    const bytes = new Uint8Array(found.size);
    return bytes.subarray(0, await readBytes(path, bytes));
  } catch (error) {
    if (error instanceof GraftError) throw error;
    throw badImage(name, systemReason(error), error);
  }
}

function isSupported(bytes: Uint8Array): boolean {
  const text = (from: number, to: number) => String.fromCharCode(...bytes.subarray(from, to));
  return (
    text(0, 3) === '\xff\xd8\xff' ||
    text(0, 8) === '\x89PNG\r\n\x1a\n' ||
    (text(0, 4) === 'RIFF' && text(8, 12) === 'WEBP')
  );
}

function badImage(file: string, reason: string, cause?: unknown): GraftError {
  return new GraftError(
    'data/bad-image',
    `Expected a JPEG, PNG or WebP picture. Received "${file}": ${reason}.`,
    {
      hint: 'Repair, convert or remove the file.',
      details: { file, reason },
      ...(cause === undefined ? {} : { cause }),
    },
  );
}
