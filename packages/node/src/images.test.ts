import { execFileSync } from 'node:child_process';
import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { deflateSync } from 'node:zlib';
import sharp from 'sharp';
import { beforeAll, describe, expect, it } from 'vitest';
import { decodeImage, imageInput } from './images.js';
import { type Colour, greyPng, jpeg, pngChunk, raw } from './testing/pictures.js';
import { tempFolder } from './testing/temp-folder.js';

async function pixel(bytes: Uint8Array, x = 0, y = 0): Promise<number[]> {
  const { width, data } = await decodeImage(bytes);
  return [...data.subarray((y * width + x) * 3, (y * width + x) * 3 + 3)];
}

const near = (expected: Colour, tolerance: number) =>
  expected.map((value) => expect.closeTo(value, -Math.log10(2 * tolerance)));

describe('decodeImage', () => {
  it.each(['jpeg', 'png', 'webp'] as const)('reads %s', async (format) => {
    const bytes = await raw(6, 4, [200, 100, 50]).toFormat(format, { quality: 100 }).toBuffer();
    const { width, height, data } = await decodeImage(bytes);
    expect([width, height, data.length]).toEqual([6, 4, 72]);
    expect(await pixel(bytes)).toEqual(near([200, 100, 50], 3));
  });

  it.each([1, 2, 3, 4, 5, 6, 7, 8])('turns EXIF orientation %i upright', async (orientation) => {
    const [right, bottom] = [15, 23];
    const upright = (x: number, y: number): Colour =>
      y >= 8 ? [0, 0, 255] : x < 8 ? [255, 0, 0] : [0, 255, 0];
    // Where the upright picture's pixel lies that is stored at (x, y); Exif 2.32, tag 274.
    const stored: readonly ((x: number, y: number) => Colour)[] = [
      (x, y) => upright(x, y),
      (x, y) => upright(right - x, y),
      (x, y) => upright(right - x, bottom - y),
      (x, y) => upright(x, bottom - y),
      (x, y) => upright(y, x),
      (x, y) => upright(right - y, x),
      (x, y) => upright(right - y, bottom - x),
      (x, y) => upright(y, bottom - x),
    ];
    const [width, height] = orientation < 5 ? [16, 24] : [24, 16];
    const bytes = await raw(width, height, stored[orientation - 1] as (x: number, y: number) => Colour)
      .withMetadata({ orientation })
      .jpeg({ quality: 100 })
      .toBuffer();
    const image = await decodeImage(bytes);
    expect([image.width, image.height]).toEqual([16, 24]);
    expect(await pixel(bytes, 2, 2)).toEqual(near([255, 0, 0], 12));
    expect(await pixel(bytes, 13, 2)).toEqual(near([0, 255, 0], 12));
    expect(await pixel(bytes, 2, 20)).toEqual(near([0, 0, 255], 12));
  });

  it('converts CMYK', async () => {
    const bytes = await raw(8, 8, [255, 255, 255]).toColourspace('cmyk').jpeg().toBuffer();
    expect((await sharp(bytes).metadata()).channels).toBe(4);
    expect(await pixel(bytes)).toEqual(near([255, 255, 255], 8));
  });

  it('scales 16 bit down', async () => {
    const data = new Uint16Array(4 * 4 * 3).fill(0x8080);
    const bytes = await sharp(data, { raw: { width: 4, height: 4, channels: 3 } })
      .toColourspace('rgb16')
      .png()
      .toBuffer();
    expect((await sharp(bytes).metadata()).depth).toBe('ushort');
    expect(await pixel(bytes)).toEqual(near([128, 128, 128], 1));
  });

  it('makes three channels of grey, of 1 bit and of 16 bit grey', async () => {
    const grey8 = greyPng({ width: 1, height: 1, pixels: new Uint8Array([0, 77]) });
    const grey1 = greyPng({ width: 1, height: 1, bits: 1, pixels: new Uint8Array([0, 0x80]) });
    const grey16 = greyPng({ width: 1, height: 1, bits: 16, pixels: new Uint8Array([0, 0x4d, 0x4d]) });
    expect(await pixel(grey8)).toEqual([77, 77, 77]);
    expect(await pixel(grey1)).toEqual([255, 255, 255]);
    expect(await pixel(grey16)).toEqual([77, 77, 77]);
  });

  it('puts transparent parts on white, of grey and 16 bit too', async () => {
    const clear = {
      create: { width: 2, height: 2, channels: 4, background: { r: 255, g: 0, b: 0, alpha: 0.5 } },
    } as const;
    expect(await pixel(await sharp(clear).png().toBuffer())).toEqual(near([255, 127, 127], 1));
    expect(await pixel(await sharp(clear).webp({ lossless: true }).toBuffer())).toEqual(
      near([255, 127, 127], 1),
    );
    const grey = await sharp(Buffer.from([0, 0]), { raw: { width: 1, height: 1, channels: 2 } })
      .png()
      .toBuffer();
    expect(await pixel(grey)).toEqual([255, 255, 255]);
    const deep = await sharp(new Uint16Array([0, 0, 0, 0]), { raw: { width: 1, height: 1, channels: 4 } })
      .toColourspace('rgb16')
      .png()
      .toBuffer();
    expect(await pixel(deep)).toEqual([255, 255, 255]);
  });

  it('takes the first frame of an animation', async () => {
    const frames = await Promise.all(
      [raw(4, 4, [255, 0, 0]), raw(4, 4, [0, 255, 0])].map((frame) => frame.png().toBuffer()),
    );
    const bytes = await sharp(frames, { join: { animated: true } })
      .webp({ lossless: true })
      .toBuffer();
    const { width, height } = await decodeImage(bytes);
    expect([width, height]).toEqual([4, 4]);
    expect(await pixel(bytes)).toEqual([255, 0, 0]);
  });

  it('gives the values that a model takes', async () => {
    const bytes = await raw(10, 10, [255, 0, 51]).png().toBuffer();
    const values = await imageInput(bytes, {
      width: 2,
      height: 1,
      channels: 3,
      range: [0, 1],
      colorOrder: 'bgr',
      resize: 'stretch',
      mean: 0,
      std: 1,
    });
    expect([...values]).toEqual([0.2, 0, 1, 0.2, 0, 1].map((value) => expect.closeTo(value, 6)));
  });
});

describe('bad pictures', () => {
  const files: Record<string, Uint8Array | string> = {};

  beforeAll(async () => {
    const photo = await raw(64, 64, (x, y) => [x * 4, y * 4, (x * y) % 256])
      .jpeg()
      .toBuffer();
    const png = await raw(64, 64, (x, y) => [x * 4, y * 4, (x * 7 * y) % 256])
      .png()
      .toBuffer();
    const webp = await raw(64, 64, (x, y) => [x * 4, y * 4, (x * 7 * y) % 256])
      .webp({ lossless: true })
      .toBuffer();
    const damaged = Buffer.from(png);
    damaged.fill(0, png.length >> 1, (png.length >> 1) + 40);
    const shortRows = greyPng({ width: 64, height: 64, pixels: new Uint8Array(65 * 3) });
    const bomb = greyPng({ width: 24_500, height: 24_500, bits: 1 });
    expect(bomb.length).toBeLessThan(80_000); // 600 megapixels
    Object.assign(files, {
      'bomb of 600 MP': bomb,
      'size that lies': greyPng({ width: 2 ** 31 - 1, height: 2 ** 31 - 1, pixels: new Uint8Array(10) }),
      'size of 0': greyPng({ width: 0, height: 10, pixels: new Uint8Array(10) }),
      'strip longer than any JPEG': greyPng({ width: 1, height: 70_000 }),
      'JPEG cut in half': photo.subarray(0, photo.length >> 1),
      'JPEG cut at its end': photo.subarray(0, photo.length - 40),
      'JPEG header alone': photo.subarray(0, 20),
      'JPEG start and then text': Buffer.concat([
        photo.subarray(0, 3),
        Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"/>'),
      ]),
      'SVG with an entity':
        '<!DOCTYPE svg [<!ENTITY x SYSTEM "file:///etc/passwd">]><svg xmlns="http://www.w3.org/2000/svg"><text>&x;</text></svg>',
      'PNG damaged inside': damaged,
      'PNG cut off': png.subarray(0, png.length >> 1),
      'PNG with rows missing': shortRows,
      'WebP cut off': webp.subarray(0, webp.length >> 1),
      'WebP with a wrong chunk': Buffer.concat([webp.subarray(0, 12), Buffer.alloc(40, 0x41)]),
      'RIFF that is sound': Buffer.from('RIFF\x24\x00\x00\x00WAVEfmt ', 'latin1'),
      GIF: await raw(4, 4, [1, 2, 3]).gif().toBuffer(),
      TIFF: await raw(4, 4, [1, 2, 3]).tiff().toBuffer(),
      AVIF: await raw(4, 4, [1, 2, 3]).avif({ effort: 0 }).toBuffer(),
      PDF: '%PDF-1.7\n1 0 obj <<>> endobj',
      text: 'not a picture',
      nothing: '',
      zeros: new Uint8Array(5000),
    });
  });

  const names = [
    'bomb of 600 MP',
    'size that lies',
    'size of 0',
    'strip longer than any JPEG',
    'JPEG cut in half',
    'JPEG cut at its end',
    'JPEG header alone',
    'JPEG start and then text',
    'SVG with an entity',
    'PNG damaged inside',
    'PNG cut off',
    'PNG with rows missing',
    'WebP cut off',
    'WebP with a wrong chunk',
    'RIFF that is sound',
    'GIF',
    'TIFF',
    'AVIF',
    'PDF',
    'text',
    'nothing',
    'zeros',
  ];

  it.each(names)('%s', async (name) => {
    const folder = await tempFolder();
    const path = join(folder, 'car.jpg');
    await writeFile(path, files[name] as Uint8Array | string);
    const before = process.memoryUsage.rss();
    await expect(decodeImage(path, 'car/car.jpg')).rejects.toMatchObject({
      code: 'data/bad-image',
      details: { file: 'car/car.jpg', reason: expect.stringMatching(/./) },
    });
    expect(process.memoryUsage.rss() - before).toBeLessThan(200e6);
  });

  it('bomb in a text chunk: decodes what is a picture, without its 200 MB of text', async () => {
    const text = Buffer.concat([Buffer.from('Comment\0\0', 'latin1'), deflateSync(Buffer.alloc(200e6))]);
    const bytes = greyPng({
      width: 1,
      height: 1,
      extra: [pngChunk('zTXt', text)],
      pixels: new Uint8Array([0, 9]),
    });
    const before = process.memoryUsage.rss();
    await decodeImage(bytes).catch((error: unknown) =>
      expect(error).toMatchObject({ code: 'data/bad-image' }),
    );
    expect(process.memoryUsage.rss() - before).toBeLessThan(100e6);
  });

  it('what is no regular file', async () => {
    const folder = await tempFolder({ 'real.jpg': await jpeg(1) });
    await mkdir(join(folder, 'directory.jpg'));
    await symlink('nowhere.jpg', join(folder, 'broken.jpg'));
    await symlink('circle.jpg', join(folder, 'circle.jpg'));
    await symlink('/dev/zero', join(folder, 'device.jpg'));
    await symlink('/proc/self/pagemap', join(folder, 'endless.jpg'));
    await symlink('real.jpg', join(folder, 'link.jpg'));
    execFileSync('mkfifo', [join(folder, 'pipe.jpg')]);
    for (const name of [
      'directory',
      'broken',
      'circle',
      'device',
      'endless',
      'pipe',
      'missing',
      `${'x'.repeat(300)}`,
      'nul\0',
    ]) {
      await expect(decodeImage(join(folder, `${name}.jpg`)), name).rejects.toMatchObject({
        code: 'data/bad-image',
      });
    }
    await expect(decodeImage(join(folder, 'link.jpg'))).resolves.toMatchObject({ width: 8 });
  });

  it('leaves no other loader to the process', async () => {
    await decodeImage(await jpeg(2));
    await expect(
      sharp(Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>')).png().toBuffer(),
    ).rejects.toThrow();
  });
});
