import { createHash } from 'node:crypto';
import { buffer } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import type { Blobs } from './blobs.js';
import { openS3Blobs } from './s3-blobs.js';
import { StoreUnavailable } from './store-unavailable.js';
import { describeBlobs, localFile, text } from './testing/blobs-contract.js';
import { type Fault, type FaultyProxy, faultyProxy } from './testing/faulty-proxy.js';
import { motoServer, setTestCredentials, startS3, type TestS3 } from './testing/s3.js';

const name = motoServer ? 'S3' : 'S3 (skipped: GRAFT_MOTO names no moto_server)';

describe.skipIf(!motoServer)(name, () => {
  let s3: TestS3;
  beforeAll(async () => {
    s3 = await startS3();
  });
  afterAll(() => s3?.stop());

  for (const prefix of [undefined, 'deep/er']) {
    describeBlobs(prefix ? 'objects below a prefix' : 'objects', async () => {
      const config = { ...(await s3.createBucket()), ...(prefix && { prefix }) };
      let blobs = await openS3Blobs(config);
      return {
        blobs,
        manyKeys: prefix ? 20 : 1_005, // a page has 1,000; moto takes 10 ms for each
        reopen: async () => {
          await blobs.close();
          blobs = await openS3Blobs(config);
          return blobs;
        },
        close: () => blobs.close(),
      };
    });
  }

  async function behindProxy(): Promise<{ blobs: Blobs; proxy: FaultyProxy }> {
    const proxy = await faultyProxy(s3.endpoint);
    const config = { ...(await s3.createBucket()), endpoint: proxy.endpoint };
    const blobs = await openS3Blobs(config, { attempts: 3, pauseMs: 5, silentMs: 300 });
    onTestFinished(() => blobs.close());
    return { blobs, proxy };
  }

  test.each<Fault>(['status-500', 'status-503', 'cut', 'silence'])('tries again after %s', async (fault) => {
    const { blobs, proxy } = await behindProxy();
    const content = Buffer.alloc(3_000_000, 'abcdefg');
    const path = await localFile(content);
    const spoil = (...faults: Fault[]) => {
      proxy.faults = faults;
    };
    spoil(fault, fault);
    await blobs.put('a/b', path);
    spoil(fault);
    expect((await buffer(await blobs.read('a/b'))).equals(content)).toBe(true);
    spoil(fault);
    expect((await blobs.stat('a/b'))?.bytes).toBe(content.length);
    spoil(fault);
    const keys: string[] = [];
    for await (const { key } of blobs.list('')) keys.push(key);
    expect(keys).toEqual(['a/b']);
    spoil(fault);
    await blobs.remove('a/b');
    spoil(fault);
    expect(await blobs.stat('a/b')).toBeNull();
  });

  test('says that the store is unavailable when no attempt succeeds, and works when it is back', async () => {
    const { blobs, proxy } = await behindProxy();
    const path = await localFile('content');
    const before = proxy.requests.length;
    proxy.faults = ['status-500', 'cut', 'status-503'];
    await expect(blobs.put('a/b', path)).rejects.toBeInstanceOf(StoreUnavailable);
    expect(proxy.requests.length - before).toBe(3);
    for (const ask of [
      () => blobs.stat('a/b'),
      () => blobs.read('a/b'),
      () => blobs.ping(),
      () => blobs.remove('a/b'),
    ]) {
      proxy.faults = ['status-500', 'status-500', 'status-500'];
      await expect(ask()).rejects.toBeInstanceOf(StoreUnavailable);
    }
    expect(await blobs.stat('a/b')).toBeNull();
    await blobs.put('a/b', path);
    expect(await text(await blobs.read('a/b'))).toBe('content');
  });

  test('an answer that breaks off is an error, not a shorter blob', async () => {
    const { blobs, proxy } = await behindProxy();
    await blobs.put('a/b', await localFile(new Uint8Array(3_000_000)));
    proxy.faults = ['cut-answer'];
    const stream = await blobs.read('a/b');
    await expect(buffer(stream)).rejects.toBeInstanceOf(StoreUnavailable);
  });

  // moto does not check it; AWS and others answer BadDigest.
  test('content goes with its length and its SHA-256', async () => {
    const { blobs, proxy } = await behindProxy();
    await blobs.put('a/b', await localFile('content'));
    expect(proxy.requests.at(-1)?.headers).toMatchObject({
      'content-length': '7',
      'x-amz-checksum-sha256': createHash('sha256').update('content').digest('base64'),
    });
  });

  test('a bucket that is not there is named', async () => {
    const config = { ...(await s3.createBucket()), bucket: 'no-such-bucket' };
    await expect(openS3Blobs(config)).rejects.toMatchObject({ code: 'usage/bucket-refused' });
  });
});

test('an S3 server that is not there is unavailable', async () => {
  setTestCredentials();
  const config = { bucket: 'none', endpoint: 'http://127.0.0.1:1', pathStyle: true };
  const open = openS3Blobs(config, { attempts: 2, pauseMs: 5 });
  await expect(open).rejects.toBeInstanceOf(StoreUnavailable);
});
