import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { BlobMissing, type Blobs } from '../blobs.js';
import { tempFolder } from './temp-folder.js';

/** A store under test, which its tests share; each of them keeps to keys of its own. */
export interface BlobsUnderTest {
  readonly blobs: Blobs;
  /** How many keys it lists in several steps. */
  readonly manyKeys: number;
  /** Closes the store and opens it again: what was put must still be there. */
  reopen(): Promise<Blobs>;
  close(): Promise<void>;
}

/** A local file with this content, for `put`. */
export async function localFile(content: string | Uint8Array): Promise<string> {
  const path = join(await tempFolder(), 'local');
  await writeFile(path, content);
  return path;
}

export const text = async (stream: Readable): Promise<string> => (await buffer(stream)).toString();

async function all(blobs: Blobs, prefix: string): Promise<string[]> {
  const keys: string[] = [];
  for await (const { key } of blobs.list(prefix)) keys.push(key);
  return keys;
}

/** What every implementation of Blobs must do. */
export function describeBlobs(name: string, open: () => Promise<BlobsUnderTest>): void {
  describe(name, () => {
    let store: BlobsUnderTest;
    let blobs: Blobs;
    beforeAll(async () => {
      store = await open();
      blobs = store.blobs;
    });
    afterAll(() => store?.close());

    test('puts, reads, describes and removes a blob', async () => {
      const key = 'basic/sub.dir/A_b-1';
      expect(await blobs.stat(key)).toBeNull();
      const before = Date.now();
      await blobs.put(key, await localFile('content'));
      const facts = await blobs.stat(key);
      expect(facts).toMatchObject({ key, bytes: 7 });
      expect(facts?.modifiedAt).toBeGreaterThan(before - 2_000); // S3 knows seconds only
      expect(facts?.modifiedAt).toBeLessThan(Date.now() + 2_000);
      expect(Number.isInteger(facts?.modifiedAt)).toBe(true);
      expect(await text(await blobs.read(key))).toBe('content');
      await blobs.remove(key);
      expect(await blobs.stat(key)).toBeNull();
      await blobs.remove(key);
      await expect(blobs.read(key)).rejects.toThrow(BlobMissing);
    });

    test('does not mind the same content again, from several at once', async () => {
      const path = await localFile('same');
      await Promise.all(Array.from({ length: 10 }, () => blobs.put('again/same', path)));
      expect(await text(await blobs.read('again/same'))).toBe('same');
      expect(await all(blobs, 'again/')).toEqual(['again/same']);
    });

    test('keeps every byte of 20 MB', async () => {
      const content = new Uint8Array(20 * 2 ** 20 + 3);
      for (let index = 0; index < content.length; index++) content[index] = (index * 2_654_435_761) >>> 13;
      await blobs.put('big/file', await localFile(content));
      const hash = createHash('sha256');
      for await (const chunk of await blobs.read('big/file')) hash.update(chunk as Uint8Array);
      expect(hash.digest('hex')).toBe(createHash('sha256').update(content).digest('hex'));
      expect((await blobs.stat('big/file'))?.bytes).toBe(content.length);
      const part = await buffer(await blobs.read('big/file', { start: 2 ** 24 + 1, end: 2 ** 24 + 100_000 }));
      expect(part.equals(content.subarray(2 ** 24 + 1, 2 ** 24 + 100_001))).toBe(true);
    });

    test.each([
      [0, 0, '0'],
      [2, 4, '234'],
      [9, 9, '9'],
      [0, 9, '0123456789'],
      [7, 1_000, '789'],
      [10, 20, ''],
      [1_000, 2_000, ''],
      [5, 4, ''],
    ])('reads bytes %i to %i', async (start, end, expected) => {
      await blobs.put('range/digits', await localFile('0123456789'));
      expect(await text(await blobs.read('range/digits', { start, end }))).toBe(expected);
      await expect(blobs.read('range/none', { start, end })).rejects.toThrow(BlobMissing);
    });

    test('keeps an empty blob', async () => {
      await blobs.put('empty/nothing', await localFile(''));
      expect((await blobs.stat('empty/nothing'))?.bytes).toBe(0);
      expect(await text(await blobs.read('empty/nothing'))).toBe('');
      expect(await text(await blobs.read('empty/nothing', { start: 0, end: 10 }))).toBe('');
    });

    test('lists by the beginning of the key, in order of its bytes', async () => {
      const keys = [
        'list/A',
        'list/a',
        'list/a-b',
        'list/a.b',
        'list/aa/b/c',
        'list/aa/b-c',
        'list/b',
        'list_2',
      ];
      const path = await localFile('x');
      for (const key of keys.toReversed()) await blobs.put(key, path);
      const sorted = ['list/A', 'list/a', 'list/a-b', 'list/a.b', 'list/aa/b-c', 'list/aa/b/c', 'list/b'];
      expect(await all(blobs, 'list/')).toEqual(sorted);
      expect(await all(blobs, 'list')).toEqual([...sorted, 'list_2']);
      expect(await all(blobs, 'list/a')).toEqual(sorted.slice(1, 6));
      expect(await all(blobs, 'list/aa/b')).toEqual(['list/aa/b-c', 'list/aa/b/c']);
      expect(await all(blobs, 'list/aa/b/c')).toEqual(['list/aa/b/c']);
      expect(await all(blobs, 'list/none')).toEqual([]);
      expect(await all(blobs, 'none/')).toEqual([]);
      expect((await all(blobs, '')).filter((key) => key.startsWith('list'))).toEqual([...sorted, 'list_2']);
      for await (const facts of blobs.list('list/a')) expect(facts).toEqual(await blobs.stat(facts.key));
    });

    test('lists more than fits into one page', async () => {
      const path = await localFile('x');
      const keys = Array.from(
        { length: store.manyKeys },
        (_, index) => `many/${String(index).padStart(4, '0')}`,
      );
      for (let start = 0; start < keys.length; start += 15) {
        await Promise.all(keys.slice(start, start + 15).map((key) => blobs.put(key, path)));
      }
      expect(await all(blobs, 'many/')).toEqual(keys);
    });

    test.each([
      '',
      '.',
      '..',
      '../x',
      'a/../x',
      'a/..',
      '/a',
      'a/',
      'a//b',
      '.drafts/x',
      'a/.b',
      'a\\b',
      'a\0b',
      'a b',
      'ä',
      '%2e%2e/x',
      'C:x',
      'a\n',
      'x'.repeat(129),
      `${'x/'.repeat(256)}x`,
    ])('refuses the key %j', async (key) => {
      const refusal = { code: 'usage/blob-key' };
      await expect(blobs.put(key, await localFile('x'))).rejects.toMatchObject(refusal);
      await expect(blobs.read(key)).rejects.toMatchObject(refusal);
      await expect(blobs.stat(key)).rejects.toMatchObject(refusal);
      await expect(blobs.remove(key)).rejects.toMatchObject(refusal);
      if (key !== '' && key !== 'a/') await expect(all(blobs, key)).rejects.toMatchObject(refusal);
    });

    test('puts nothing if the local file is not there', async () => {
      await expect(blobs.put('broken/x', join(await tempFolder(), 'none'))).rejects.toMatchObject({
        code: 'ENOENT',
      });
      expect(await blobs.stat('broken/x')).toBeNull();
    });

    test('may be left in the middle of a read', async () => {
      await blobs.put('left/big', await localFile(new Uint8Array(2 ** 22)));
      for (let turn = 0; turn < 100; turn++) {
        const stream = await blobs.read('left/big');
        if (turn % 2 === 0) for await (const _ of stream) break;
        stream.destroy();
      }
    });

    test('answers a ping', async () => {
      await blobs.ping();
    });

    test('has everything after it was closed and opened', async () => {
      await blobs.put('kept/x', await localFile('kept'));
      blobs = await store.reopen();
      expect(await text(await blobs.read('kept/x'))).toBe('kept');
    });
  });
}
