import { createHash, randomBytes } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { PassThrough, Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { diskError } from './disk-errors.js';
import { spool } from './spool.js';
import { temporaryFolder } from './testing/temporary-folder.js';

const folder = temporaryFolder();
const options = (maxBytes = 1e6) => ({ directory: folder.path, maxBytes });

describe('spool', () => {
  it('writes what comes, counts and hashes it', async () => {
    const bytes = randomBytes(300_000);
    const chunks = [bytes.subarray(0, 1), bytes.subarray(1, 200_000), bytes.subarray(200_000)];
    const spooled = await spool(Readable.from(chunks), options());
    expect(await readFile(spooled.path)).toEqual(bytes);
    expect(spooled.bytes).toBe(bytes.length);
    expect(spooled.sha256).toBe(createHash('sha256').update(bytes).digest('hex'));
    await spooled.dispose();
    await spooled.dispose();
    expect(await readdir(folder.path)).toEqual([]);
  });

  it('takes nothing at all, and exactly the most', async () => {
    expect((await spool(Readable.from([]), options())).bytes).toBe(0);
    expect((await spool(Readable.from([Buffer.alloc(10)]), options(10))).bytes).toBe(10);
  });

  it('stops at the cap, keeps no file, and leaves the source to its owner', async () => {
    const source = new PassThrough();
    source.write(Buffer.alloc(11));
    await expect(spool(source, options(10))).rejects.toMatchObject({ code: 'data/too-large' });
    expect(source.destroyed).toBe(false);
    expect(await readdir(folder.path)).toEqual([]);
  });

  it('stops reading an endless source', async () => {
    let given = 0;
    const endless = new Readable({
      read() {
        given += 65_536;
        this.push(Buffer.alloc(65_536));
      },
    });
    await expect(spool(endless, options())).rejects.toMatchObject({ code: 'data/too-large' });
    expect(given).toBeLessThan(1.5e6);
    endless.destroy();
  });

  it.each([
    ['an error', (source: PassThrough) => void source.destroy(new Error('ECONNRESET'))],
    ['no error', (source: PassThrough) => void source.destroy()],
  ])('refuses a source that breaks off with %s', async (_, breakOff) => {
    const source = new PassThrough();
    source.write('beginning');
    setTimeout(breakOff, 20, source);
    await expect(spool(source, options())).rejects.toMatchObject({ code: 'data/upload-aborted' });
    expect(await readdir(folder.path)).toEqual([]);
  });

  it.each([0, 20])('is aborted after %i ms while the source says nothing', async (milliseconds) => {
    const source = new PassThrough();
    const signal = milliseconds ? AbortSignal.timeout(milliseconds) : AbortSignal.abort();
    await expect(spool(source, { ...options(), signal })).rejects.toMatchObject({
      code: 'data/upload-aborted',
      cause: { name: milliseconds ? 'TimeoutError' : 'AbortError' },
    });
    expect(await readdir(folder.path)).toEqual([]);
  });

  it.each(['ENOSPC', 'EDQUOT', 'EFBIG'])('tells a full disk (%s)', (code) => {
    const error = Object.assign(new Error('write'), { code });
    expect(diskError(error)).toMatchObject({ code: 'resource/disk-full', cause: error });
    const other = new Error('other');
    expect(diskError(other)).toBe(other);
  });
});
