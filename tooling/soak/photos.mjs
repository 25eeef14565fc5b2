import { crc32, deflateSync } from 'node:zlib';

const side = 32; // pixels
const colors = { day: [250, 220, 90], night: [20, 20, 60] };

/** A zip of `day/*.png` and `night/*.png`, a data set that is learned in a second. The same bytes each time. */
export function photosZip(perLabel = 6) {
  const files = Object.entries(colors).flatMap(([label, color]) =>
    Array.from({ length: perLabel }, (_, index) => [`${label}/${index}.png`, png(color, index)]),
  );
  const bodies = [];
  const directory = [];
  let offset = 0;
  for (const [name, bytes] of files) {
    const facts = zipFacts(bytes, name);
    const local = Buffer.concat([u32(0x04034b50), facts, u16(0), Buffer.from(name), bytes]);
    directory.push(
      u32(0x02014b50),
      u16(20),
      facts,
      u16(0),
      u16(0),
      u16(0),
      u16(0),
      u32(0),
      u32(offset),
      Buffer.from(name),
    );
    bodies.push(local);
    offset += local.length;
  }
  const index = Buffer.concat(directory);
  const count = u16(files.length);
  const end = [u32(0x06054b50), u16(0), u16(0), count, count, u32(index.length), u32(offset), u16(0)];
  return Buffer.concat([...bodies, index, ...end]);
}

/** What the local header and the directory both say: version, flags, method 0 (stored), time, CRC, sizes, name. */
function zipFacts(bytes, name) {
  const size = u32(bytes.length);
  return Buffer.concat([
    u16(20),
    u16(0),
    u16(0),
    u16(0),
    u16(0x21),
    u32(crc32(bytes)),
    size,
    size,
    u16(Buffer.byteLength(name)),
  ]);
}

function png(color, index) {
  const rows = Buffer.alloc(side * (1 + side * 3));
  for (let pixel = 0; pixel < side * side; pixel++) {
    const shade = ((pixel * 7 + index * 13) % 32) - 16;
    const at = Math.floor(pixel / side) * (1 + side * 3) + 1 + (pixel % side) * 3;
    for (const [channel, value] of color.entries())
      rows[at + channel] = Math.max(0, Math.min(255, value + shade));
  }
  const header = Buffer.concat([b32(side), b32(side), Buffer.from([8, 2, 0, 0, 0])]); // 8 bits, RGB
  const chunks = [
    ['IHDR', header],
    ['IDAT', deflateSync(rows)],
    ['IEND', Buffer.alloc(0)],
  ];
  return Buffer.concat([Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'), ...chunks.map(pngChunk)]);
}

function pngChunk([type, data]) {
  const typed = Buffer.concat([Buffer.from(type), data]);
  return Buffer.concat([b32(data.length), typed, b32(crc32(typed))]);
}

function u16(value) {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16LE(value);
  return bytes;
}

function u32(value) {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

function b32(value) {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}
