import { crc32, deflateSync } from 'node:zlib';

/**
 * A PNG of 8-bit RGB without filters (W3C PNG, sections 5 and 11.2).
 *
 * @param pixels 0 to 255, interleaved, rows from the top: [height * width * 3]
 */
export function rgbPng(width: number, height: number, pixels: ArrayLike<number>): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 2], 8); // bits a channel, RGB
  const rows = Buffer.alloc(height * (1 + width * 3)); // each row begins with its filter, 0: none
  for (let y = 0; y < height; y++) {
    const start = y * (1 + width * 3) + 1;
    for (let x = 0; x < width * 3; x++) rows[start + x] = Math.round(pixels[y * width * 3 + x] as number);
  }
  const signature = Buffer.from('\x89PNG\r\n\x1a\n', 'latin1');
  return Buffer.concat([
    signature,
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(rows)),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const frame = Buffer.alloc(8);
  frame.writeUInt32BE(data.length, 0);
  frame.writeUInt32BE(crc32(body), 4);
  return Buffer.concat([frame.subarray(0, 4), body, frame.subarray(4)]);
}
