import { crc32, deflateSync } from 'node:zlib';
import { type Attack, json, posted } from './attack.js';

function chunk(type: string, data: Buffer): Buffer {
  const typed = Buffer.concat([Buffer.from(type), data]);
  const framed = Buffer.alloc(8 + typed.length);
  framed.writeUInt32BE(data.length, 0);
  typed.copy(framed, 4);
  framed.writeUInt32BE(crc32(typed), 4 + typed.length);
  return framed;
}

/** A PNG of any size that says so; its pixels are all 0. */
function png(width: number, height: number, pixels: Buffer, bits = 8, color = 2): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([bits, color, 0, 0, 0], 8);
  return Buffer.concat([
    Buffer.from('89504e470d0a1a0a', 'hex'),
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(pixels)),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

const small = png(2, 2, Buffer.alloc(14));
const jpegHead = Buffer.from(
  'ffd8ffe000104a46494600010100000100010000ffc0001108ffffffff03012200021101031101',
  'hex',
);
const svg =
  '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><image href="file:///etc/passwd"/></svg>';

const pictures: Readonly<Record<string, Buffer | string>> = {
  // One bit a pixel: 600 MP are 75 MB of zeros, 73 KB on the wire.
  'PNG of 600 MP': png(24_500, 24_500, Buffer.alloc(24_500 * (1 + Math.ceil(24_500 / 8))), 1, 0),
  'PNG of 51 MP': png(7150, 7150, Buffer.alloc(7150 * (1 + Math.ceil(7150 / 8))), 1, 0),
  'PNG that says 2^31 x 2^31': png(2 ** 31 - 1, 2 ** 31 - 1, Buffer.alloc(10)),
  'PNG that says 30,000 x 1': png(30_000, 1, Buffer.alloc(10)),
  'PNG of 0 x 0': png(0, 0, Buffer.alloc(0)),
  'PNG without pixels': png(100, 100, Buffer.alloc(0)),
  'PNG cut in the middle': small.subarray(0, 50),
  'PNG with a wrong checksum': Buffer.from(small).fill(1, 29, 33),
  'PNG signature alone': Buffer.from('89504e470d0a1a0a', 'hex'),
  'JPEG of 65,535 x 65,535': jpegHead,
  'JPEG of two bytes': Buffer.from('ffd8', 'hex'),
  'JPEG without pixels': Buffer.from('ffd8ffd9', 'hex'),
  'JPEG, then PHP': Buffer.concat([Buffer.from('ffd8ffe0', 'hex'), Buffer.from('<?php system($_GET[0]);')]),
  'WebP that says 4 GB': Buffer.from('52494646ffffffff57454250565038200affffff', 'hex'),
  'WebP without pixels': Buffer.from('524946460c000000574542505650382000000000', 'hex'),
  SVG: svg,
  'SVG with an entity': `<!DOCTYPE svg [<!ENTITY x SYSTEM "file:///etc/passwd">]>${svg.replace('<image', '&x;<image')}`,
  'SVG behind blanks': `\n\n<?xml version="1.0"?>${svg}`,
  GIF: Buffer.from(
    '47494638396101000100800000000000ffffff21f90401000000002c00000000010001000002024401003b',
    'hex',
  ),
  BMP: Buffer.concat([Buffer.from('424d'), Buffer.alloc(60)]),
  TIFF: Buffer.from('49492a0008000000000000000000', 'hex'),
  'HEIC header': Buffer.from('00000018667479706865696300000000', 'hex'),
  'AVIF header': Buffer.from('00000018667479706176696600000000', 'hex'),
  PDF: '%PDF-1.7\n1 0 obj<</Type/Catalog>>endobj',
  PostScript: '%!PS-Adobe-3.0\n(/etc/passwd) run',
  HTML: '<html><script>alert(1)</script></html>',
  ImageMagick: 'push graphic-context\nimage over 0,0 0,0 "https://127.0.0.1/"\npop graphic-context',
  zip: Buffer.from('504b0304', 'hex'),
  ELF: Buffer.from('7f454c4602010100', 'hex'),
  zeros: Buffer.alloc(1_000_000),
  'one byte': 'x',
  nothing: '',
};

const predict = '/api/models/iconnet/predict';

export const pictureAttacks: readonly Attack[] = [
  ...Object.entries(pictures).map(([name, bytes]) => ({ name, bytes: posted(predict, 'image/png', bytes) })),
  { name: 'more than 32 MB', bytes: posted(predict, 'image/png', Buffer.alloc(33 << 20)), status: 413 },
  ...['image/svg+xml', 'image/gif', 'text/html', 'application/pdf', 'image/*', null].map((type) => ({
    name: `as ${type}`,
    bytes: posted(predict, type, small),
    status: 415,
  })),
  {
    name: 'compressed',
    bytes: posted(predict, 'image/png', small, { headers: { 'Content-Encoding': 'gzip' } }),
    status: 415,
  },
  { name: 'top=0', bytes: posted(`${predict}?top=0`, 'image/png', small), status: 400 },
  { name: 'top=1e9', bytes: posted(`${predict}?top=1e9`, 'image/png', small), status: 400 },
];

const tensor = (shape: unknown, data: unknown, more: object = {}) =>
  json('/v2/models/iconnet/infer', { inputs: [{ name: 'image', shape, datatype: 'FP32', data, ...more }] });

/** Numbers of another shape than they say. */
export const tensorAttacks: readonly Attack[] = [
  { name: 'rows of nothing', bytes: json(predict, { rows: [] }) },
  { name: 'rows for a model of pictures', bytes: json(predict, { rows: [[1, 2, 3]] }) },
  { name: 'rows of text', bytes: json(predict, { rows: [['1', '2']] }) },
  { name: 'rows of null', bytes: json(predict, { rows: [[null]] }) },
  { name: 'rows too deep', bytes: json(predict, { rows: [[[1]]] }) },
  { name: 'rows as an object', bytes: json(predict, { rows: { length: 5 } }) },
  { name: '2,000 rows', bytes: json(predict, { rows: Array(2000).fill([1]) }) },
  { name: '1e400 in a row', bytes: json(predict, '{"rows":[[1e400]]}') },
  { name: 'rows and a prototype', bytes: json(predict, '{"rows":[[1]],"__proto__":{}}') },
  { name: 'a bomb of rows', bytes: json(predict, `{"rows":${'['.repeat(100_000)}`) },
  { name: 'shape 2^31', bytes: tensor([2 ** 31, 2 ** 31], [1]) },
  { name: 'shape -1', bytes: tensor([-1, 32, 32, 3], [1]) },
  { name: 'shape of 0', bytes: tensor([0, 32, 32, 3], []) },
  { name: 'shape of half', bytes: tensor([1.5], [1]) },
  { name: 'shape as text', bytes: tensor('1', [1]) },
  { name: 'no shape', bytes: tensor(undefined, [1]) },
  { name: 'rank 1,000', bytes: tensor(Array(1000).fill(1), [1]) },
  { name: 'data too short', bytes: tensor([1, 32, 32, 3], [1]) },
  { name: 'data of text', bytes: tensor([1], ['x']) },
  { name: 'data of null', bytes: tensor([1], [null]) },
  { name: 'type FP128', bytes: tensor([1], [1], { datatype: 'FP128' }) },
  { name: 'type BYTES', bytes: tensor([1], ['aGk='], { datatype: 'BYTES' }) },
  { name: 'type __proto__', bytes: tensor([1], [1], { datatype: '__proto__' }) },
  { name: 'no inputs', bytes: json('/v2/models/iconnet/infer', { inputs: [] }) },
  {
    name: 'shared memory',
    bytes: tensor([1], undefined, { parameters: { shared_memory_region: '/dev/shm/x' } }),
  },
  ...['-1', '1e3', '999999999', 'NaN', '0', ''].map((length) => ({
    name: `header length "${length}"`,
    bytes: posted('/v2/models/iconnet/infer', 'application/octet-stream', '{"inputs":[]}', {
      headers: { 'Inference-Header-Content-Length': length },
    }),
  })),
  {
    name: 'binary data longer than the body',
    bytes: tensor([1], undefined, { parameters: { binary_data_size: 1e9 } }),
  },
  { name: 'instances of nothing', bytes: json('/v1/models/iconnet:predict', { instances: [] }) },
  {
    name: 'instances of other lengths',
    bytes: json('/v1/models/iconnet:predict', { instances: [[1], [1, 2]] }),
  },
  {
    name: 'instance as a URL',
    bytes: json('/v1/models/iconnet:predict', { instances: [{ b64: 'http://127.0.0.1/' }] }),
  },
  { name: 'instance as a path', bytes: json('/v1/models/iconnet:predict', { instances: ['/etc/passwd'] }) },
  {
    name: 'a picture of 600 MP in base64',
    bytes: json('/v1/models/iconnet:predict', {
      instances: [{ b64: Buffer.from(pictures['PNG of 600 MP'] as Buffer).toString('base64') }],
    }),
  },
  {
    name: 'a signature of another',
    bytes: json('/v1/models/iconnet:predict', { instances: [[1]], signature_name: 'evil' }),
  },
  {
    name: 'both instances and inputs',
    bytes: json('/v1/models/iconnet:predict', { instances: [[1]], inputs: [[1]] }),
  },
];
