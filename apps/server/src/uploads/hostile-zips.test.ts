import { randomBytes } from 'node:crypto';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { crc32, deflateRawSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { extractZip } from './extract-zip.js';
import { type RawEntry, rawZip, zip64Field } from './testing/raw-zip.js';
import { openZip } from './zip-entries.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'graft-zip-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const limits = { entries: 1000, bytes: 2 ** 30, ratio: 200 };
const good: RawEntry = { name: 'car/1.jpg', data: 'picture' };
const zeros = (bytes: number) => Buffer.alloc(bytes);
const megabyte = randomBytes(2 ** 20);
const unixMode = (mode: number) => (mode << 16) >>> 0;
const named = (name: string | Buffer, more: Partial<RawEntry> = {}) =>
  rawZip([good, { name, data: 'x', ...more }]);
/** A "better" zip bomb: one kernel that all entries share. */
function sharedKernel(entries: number, data: Buffer): Buffer {
  const packed = deflateRawSync(data);
  const both = { crc32: crc32(data), bytes: data.length };
  return rawZip(
    Array.from({ length: entries }, (_, i) => {
      const entry = { name: `a/${String(i).padStart(4, '0')}`, packed, both };
      return i === 0 ? entry : { ...entry, centralOnly: true, central: { offset: 0 } };
    }),
  );
}
function megabytesOfZeros(entries: number): Buffer {
  const data = zeros(2 ** 20);
  const both = { crc32: crc32(data), bytes: data.length };
  const packed = deflateRawSync(data);
  return rawZip(Array.from({ length: entries }, (_, i) => ({ name: `a/${i}`, packed, both })));
}
/** Entries whose headers lie in the data of the one before, stored one in the other. */
function nested(): Buffer {
  const inner = rawZip([{ name: 'a/2', data: 'inner', stored: true }]);
  const offset = 30 + 3; // behind the first header
  return rawZip([
    { name: 'a/1', data: inner, stored: true },
    { name: 'a/2', data: 'inner', stored: true, centralOnly: true, central: { offset } },
  ]);
}

/** name of the mechanism, the zip file, the code that it must end with */
const refused: readonly (readonly [string, () => Buffer, string])[] = [
  ['empty file', () => Buffer.alloc(0), 'data/bad-archive'],
  ['text', () => Buffer.from('label,file\n'.repeat(100)), 'data/bad-archive'],
  ['only the signature', () => Buffer.from('PK\x03\x04'), 'data/bad-archive'],
  ['cut in the middle', () => named('a/2').subarray(0, 60), 'data/bad-archive'],
  ['cut by one byte', () => named('a/2').subarray(0, -1), 'data/bad-archive'],
  ['first bytes missing', () => named('a/2').subarray(10), 'data/bad-archive'],
  ['bytes behind the end', () => rawZip([good], { behind: Buffer.from('more') }), 'data/bad-archive'],
  [
    'two ends, one in the comment of the other',
    () => rawZip([good], { comment: rawZip([{ name: 'evil/1', data: 'x' }]) }),
    'data/bad-archive',
  ],
  ['a disk of several', () => rawZip([good], { disk: 1 }), 'data/bad-archive'],
  ['up and out', () => named('../evil'), 'data/archive-path'],
  ['up and out from below', () => named('a/b/../../../evil'), 'data/archive-path'],
  ['up inside', () => named('a/../b'), 'data/archive-path'],
  ['".." with a blank, which Windows drops', () => named('a/.. /b'), 'data/archive-path'],
  ['three dots', () => named('.../b'), 'data/archive-path'],
  ['absolute', () => named('/etc/passwd'), 'data/archive-path'],
  ['two slashes first', () => named('//server/share'), 'data/archive-path'],
  ['two slashes inside', () => named('a//b'), 'data/archive-path'],
  ['drive letter', () => named('C:/windows/evil'), 'data/archive-path'],
  ['drive letter without slash', () => named('c:evil'), 'data/archive-path'],
  ['backslashes up', () => named('..\\..\\evil'), 'data/archive-path'],
  ['backslash inside', () => named('a\\b'), 'data/archive-path'],
  ['NUL', () => named('a/evil.jpg\0.txt'), 'data/archive-path'],
  ['line feed', () => named('a/evil\n.jpg'), 'data/archive-path'],
  ['terminal escape', () => named('a/\x1b[31mred'), 'data/archive-path'],
  ['C1 control', () => named('a/\u009b31mred'), 'data/archive-path'],
  ['no name', () => named(''), 'data/archive-path'],
  ['a name of dots for a file', () => named('.'), 'data/archive-path'],
  ['a name of 2000 bytes', () => named(`a/${'b/'.repeat(3)}${'n'.repeat(1990)}`), 'data/archive-path'],
  ['a part of 300 bytes', () => named(`a/${'é'.repeat(150)}`), 'data/archive-path'],
  ['100 levels', () => named(`${'a/'.repeat(100)}b`), 'data/archive-path'],
  ['flagged UTF-8 that is none', () => named(Buffer.from([0x61, 0x2f, 0xff, 0xfe])), 'data/archive-path'],
  [
    'overlong UTF-8 for ".."',
    () => named(Buffer.from([0xc0, 0xae, 0xc0, 0xae, 0x2f, 0x61])),
    'data/archive-path',
  ],
  [
    'another name in the Unicode field',
    () => {
      const unicode = Buffer.concat([Buffer.from([0x75, 0x70, 12, 0, 1]), zeros(4), Buffer.from('../evil')]);
      unicode.writeUInt32LE(crc32('a/2'), 5);
      return named('a/2', { both: { extra: unicode } });
    },
    'data/archive-path',
  ],
  ['twice', () => named('car/1.jpg'), 'data/archive-duplicate'],
  ['twice by "./"', () => named('./car/./1.jpg'), 'data/archive-duplicate'],
  ['twice in another case', () => named('CAR/1.JPG'), 'data/archive-duplicate'],
  [
    'twice in another Unicode form',
    () =>
      rawZip([
        { name: 'caf\u00e9/1', data: 'a' },
        { name: 'cafe\u0301/1', data: 'b' },
      ]),
    'data/archive-duplicate',
  ],
  ['a file where a folder is', () => named('car'), 'data/archive-duplicate'],
  ['a file, then a folder there', () => named('car/1.jpg/2.jpg'), 'data/archive-duplicate'],
  ['a folder where a file is', () => named('car/1.jpg/', { data: '' }), 'data/archive-duplicate'],
  [
    'symbolic link',
    () => named('car/link', { data: '/etc/passwd', central: { attributes: unixMode(0o120777) } }),
    'data/archive-link',
  ],
  [
    'link to a folder',
    () => named('car/l/', { data: '', central: { attributes: unixMode(0o120777) } }),
    'data/archive-link',
  ],
  [
    'character device',
    () => named('dev/zero', { central: { attributes: unixMode(0o020666) } }),
    'data/archive-link',
  ],
  [
    'block device',
    () => named('dev/sda', { central: { attributes: unixMode(0o060666) } }),
    'data/archive-link',
  ],
  ['pipe', () => named('pipe', { central: { attributes: unixMode(0o010666) } }), 'data/archive-link'],
  ['socket', () => named('socket', { central: { attributes: unixMode(0o140666) } }), 'data/archive-link'],
  [
    'a folder by its mode only',
    () => named('x', { central: { attributes: unixMode(0o040755) } }),
    'data/archive-link',
  ],
  ['a folder with bytes', () => named('x/', { data: 'bytes' }), 'data/bad-archive'],
  ['encrypted', () => named('x', { both: { flags: 0x801 } }), 'data/archive-encrypted'],
  ['strongly encrypted', () => named('x', { both: { flags: 0x841 } }), 'data/bad-archive'],
  ['AES', () => named('x', { both: { method: 99 } }), 'data/archive-encrypted'],
  ['headers masked', () => named('x', { both: { flags: 0x2800 } }), 'data/archive-encrypted'],
  ['patch data', () => named('x', { both: { flags: 0x820 } }), 'data/archive-compression'],
  ['deflate64', () => named('x', { both: { method: 9 } }), 'data/archive-compression'],
  ['bzip2', () => named('x', { both: { method: 12 } }), 'data/archive-compression'],
  ['LZMA', () => named('x', { both: { method: 14 } }), 'data/archive-compression'],
  ['zstd', () => named('x', { both: { method: 93 } }), 'data/archive-compression'],
  [
    'more entries than counted',
    () => rawZip([good, { name: 'a/2', data: 'x' }], { count: 1 }),
    'data/bad-archive',
  ],
  ['fewer entries than counted', () => rawZip([good], { count: 2 }), 'data/bad-archive'],
  ['zip64: 2^60 entries', () => rawZip([good], { zip64: { count: 2n ** 60n } }), 'data/too-many-files'],
  ['zip64: directory at 2^63', () => rawZip([good], { zip64: { offset: 2n ** 63n } }), 'data/bad-archive'],
  ['zip64: record at 2^63', () => rawZip([good], { zip64: { recordAt: 2n ** 63n } }), 'data/bad-archive'],
  [
    'zip64: record behind the end',
    () => rawZip([good], { zip64: { recordAt: 10_000n } }),
    'data/bad-archive',
  ],
  ['zip64: record that is none', () => rawZip([good], { zip64: { recordAt: 0n } }), 'data/bad-archive'],
  [
    'zip64: 2^62 bytes',
    () => named('x', { central: { bytes: 0xffffffff, extra: zip64Field(2n ** 62n) } }),
    'data/too-large',
  ],
  [
    'zip64: compressed size beyond the file',
    () => named('x', { central: { compressed: 0xffffffff, extra: zip64Field(2n ** 40n) } }),
    'data/bad-archive',
  ],
  [
    'zip64: header at 2^62',
    () => named('x', { central: { offset: 0xffffffff, extra: zip64Field(2n ** 62n) } }),
    'data/bad-archive',
  ],
  [
    'zip64: field missing',
    () => named('x', { central: { bytes: 0xffffffff, compressed: 0xffffffff } }),
    'data/too-large',
  ],
  [
    'zip64: field too short',
    () => named('x', { central: { bytes: 0xffffffff, extra: zip64Field() } }),
    'data/bad-archive',
  ],
  [
    'extra field longer than the extras',
    () => named('x', { central: { extra: Buffer.from([1, 0, 255, 255]) } }),
    'data/bad-archive',
  ],
  [
    'too many entries',
    () => rawZip(Array.from({ length: 1001 }, (_, i) => ({ name: `a/${i}` }))),
    'data/too-many-files',
  ],
  [
    '600 MB declared twice',
    () =>
      rawZip(
        Array.from({ length: 2 }, (_, i) => ({
          name: `a/${i}`,
          data: 'x',
          both: { bytes: 600e6, compressed: 600e6, method: 0 },
        })),
      ),
    'data/too-large',
  ],
  [
    '600 MB declared, nothing there',
    () => named('x', { both: { bytes: 600e6, compressed: 600e6, method: 0 } }),
    'data/archive-ratio',
  ],
  ['600 MB deflated from a few bytes', () => named('x', { both: { bytes: 600e6 } }), 'data/archive-ratio'],
  ['40 MB of zeros', () => rawZip([{ name: 'a/1', data: zeros(40e6) }]), 'data/archive-ratio'],
  ['zeros in many small entries, of which each is none', () => megabytesOfZeros(300), 'data/archive-ratio'],
  ['1000 entries on one kernel', () => sharedKernel(1000, zeros(2 ** 20)), 'data/archive-ratio'],
  [
    'entries on one kernel, few enough for the ratio',
    () => sharedKernel(100, randomBytes(2 ** 20)),
    'data/bad-archive',
  ],
  ['entries in one another', nested, 'data/bad-archive'],
  ['an entry in the directory', () => named('x', { central: { offset: 100 } }), 'data/bad-archive'],
  ['a header beyond the file', () => named('x', { central: { offset: 1e6 } }), 'data/bad-archive'],
  [
    'another name in the local header',
    () => named('a/2', { local: { name: Buffer.from('b/2') } }),
    'data/bad-archive',
  ],
  [
    'a longer name in the local header',
    () => named('a/2', { local: { name: Buffer.from('a/22') } }),
    'data/bad-archive',
  ],
  ['another method in the local header', () => named('x', { local: { method: 0 } }), 'data/bad-archive'],
  ['another sum in the local header', () => named('x', { local: { crc32: 1 } }), 'data/bad-archive'],
  ['another size in the local header', () => named('x', { local: { bytes: 2 } }), 'data/bad-archive'],
  [
    'another packed size in the local header',
    () => named('x', { local: { compressed: 1 } }),
    'data/bad-archive',
  ],
  ['encrypted by its local header', () => named('x', { local: { flags: 0x801 } }), 'data/bad-archive'],
  ['stored with two sizes', () => named('x', { stored: true, both: { bytes: 5 } }), 'data/bad-archive'],
  // These show only while they are unpacked.
  ['wrong sum', () => named('x', { both: { crc32: 1 } }), 'data/bad-archive'],
  ['wrong sum, stored', () => named('x', { stored: true, both: { crc32: 1 } }), 'data/bad-archive'],
  [
    'more bytes than declared',
    () => named('x', { data: zeros(1e6), both: { bytes: 10 } }),
    'data/bad-archive',
  ],
  [
    '100 MB out of an entry that declares 10 bytes',
    () => named('x', { data: zeros(1e8), both: { bytes: 10, crc32: 0 } }),
    'data/bad-archive',
  ],
  ['fewer bytes than declared', () => named('x', { data: 'abc', both: { bytes: 4 } }), 'data/bad-archive'],
  [
    'no deflate stream',
    () => named('x', { packed: Buffer.from('this is not deflated') }),
    'data/bad-archive',
  ],
  [
    'a deflate stream without end',
    () => named('x', { data: 'abc', packed: deflateRawSync('abc').subarray(0, -2) }),
    'data/bad-archive',
  ],
  [
    'bytes behind the deflate stream',
    () => named('x', { data: 'abc', packed: Buffer.concat([deflateRawSync('abc'), Buffer.from('hidden')]) }),
    'data/bad-archive',
  ],
  [
    '1 MB behind the deflate stream',
    () => named('x', { data: 'abc', packed: Buffer.concat([deflateRawSync('abc'), Buffer.alloc(1e6, 7)]) }),
    'data/bad-archive',
  ],
  [
    'no bytes for a file that declares some',
    () => named('x', { data: 'abc', packed: Buffer.alloc(0) }),
    'data/bad-archive',
  ],
  // Too large to be unpacked at once.
  ['wrong sum of 1 MB', () => named('x', { data: megabyte, both: { crc32: 1 } }), 'data/bad-archive'],
  [
    'fewer than the 1 MB declared',
    () => named('x', { data: megabyte, both: { bytes: 2 ** 20 + 1 } }),
    'data/bad-archive',
  ],
  [
    'more than the 1 MB declared',
    () => named('x', { data: megabyte, both: { bytes: 2 ** 20 - 1 } }),
    'data/bad-archive',
  ],
  ['1 MB of no deflate stream', () => named('x', { data: megabyte, packed: megabyte }), 'data/bad-archive'],
  [
    '1 MB without its end',
    () => named('x', { data: megabyte, packed: deflateRawSync(megabyte).subarray(0, -9) }),
    'data/bad-archive',
  ],
  [
    'a byte behind 1 MB',
    () => named('x', { data: megabyte, packed: Buffer.concat([deflateRawSync(megabyte), Buffer.from('!')]) }),
    'data/bad-archive',
  ],
];

describe('hostile zip files', () => {
  it.each(refused)('%s', async (_name, make, code) => {
    const path = join(folder, 'x.zip');
    await writeFile(path, make());
    const before = performance.now();
    await expect(extractZip(path, join(folder, 'out'), limits)).rejects.toMatchObject({
      name: 'GraftError',
      code,
    });
    expect(performance.now() - before).toBeLessThan(2000);
    expect(await readdir(folder)).toEqual(['x.zip']);
  });

  it('are refused by distinct mechanisms, and a sound neighbour is not', async () => {
    expect(new Set(refused.map(([name]) => name)).size).toBe(refused.length);
    const path = join(folder, 'x.zip');
    await writeFile(path, named('a/2'));
    await extractZip(path, join(folder, 'out'), limits);
    expect((await readdir(join(folder, 'out'), { recursive: true })).sort()).toEqual([
      'a',
      'a/2',
      'car',
      'car/1.jpg',
    ]);
  });

  it('do not fill the memory', async () => {
    const path = join(folder, 'x.zip');
    await writeFile(path, rawZip([{ name: 'a/1', data: zeros(100e6), both: { bytes: 99e6 } }]));
    const before = process.memoryUsage.rss();
    let most = before;
    const watch = setInterval(() => {
      most = Math.max(most, process.memoryUsage.rss());
    }, 5);
    await expect(extractZip(path, join(folder, 'out'), { ...limits, ratio: 2000 })).rejects.toMatchObject({
      code: 'data/bad-archive',
    });
    clearInterval(watch);
    expect(most - before).toBeLessThan(80e6);
    expect(await readdir(folder)).toEqual(['x.zip']);
  });

  it('are refused before anything is written where the directory shows it', async () => {
    const path = join(folder, 'x.zip');
    await writeFile(path, sharedKernel(100, randomBytes(2 ** 20)));
    await expect(openZip(path, limits)).rejects.toMatchObject({ code: 'data/bad-archive' });
  });
});
