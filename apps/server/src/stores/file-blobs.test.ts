import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { BlobMissing } from './blobs.js';
import { openFileBlobs } from './file-blobs.js';
import { describeBlobs, localFile, text } from './testing/blobs-contract.js';
import { smallDisk } from './testing/small-disk.js';
import { tempFolder } from './testing/temp-folder.js';

describeBlobs('files', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'graft-stores-'));
  let blobs = await openFileBlobs(join(folder, 'blobs'));
  return {
    blobs,
    manyKeys: 200,
    reopen: async () => {
      await blobs.close();
      blobs = await openFileBlobs(join(folder, 'blobs'));
      return blobs;
    },
    close: () => rm(folder, { recursive: true, force: true }),
  };
});

test('no link leads out of the directory', async () => {
  const outside = await tempFolder();
  await writeFile(join(outside, 'secret'), 'secret');
  const root = await tempFolder();
  const blobs = await openFileBlobs(root);
  await blobs.put('a/b', await localFile('own'));
  await symlink(join(outside, 'secret'), join(root, 'a/file'));
  await symlink(outside, join(root, 'a/folder'));
  await symlink(join(root, 'a/b'), join(root, 'a/inside'));

  for (const key of ['a/file', 'a/folder/secret', 'a/inside']) {
    await expect(blobs.read(key)).rejects.toThrow(BlobMissing);
    expect(await blobs.stat(key)).toBeNull();
    await blobs.remove(key);
  }
  const keys: string[] = [];
  for (const prefix of ['', 'a/folder/']) for await (const { key } of blobs.list(prefix)) keys.push(key);
  expect(keys).toEqual(['a/b']);
  await expect(blobs.put('a/folder/new', await localFile('x'))).rejects.toThrow('link');
  await expect(blobs.put('a/folder/deep/new', await localFile('x'))).rejects.toThrow('link');
  await blobs.put('a/file', await localFile('own')); // takes the place of the link
  expect(await text(await blobs.read('a/file'))).toBe('own');
  expect(await readdir(outside)).toEqual(['secret']);
  expect(await readFile(join(outside, 'secret'), 'utf8')).toBe('secret');
});

test('the root may be a link, as a mounted disk often is', async () => {
  const folder = await tempFolder();
  await mkdir(join(folder, 'disk'));
  await symlink(join(folder, 'disk'), join(folder, 'data'));
  const blobs = await openFileBlobs(join(folder, 'data'));
  await blobs.put('a/b', await localFile('x'));
  expect(await text(await blobs.read('a/b'))).toBe('x');
});

test('a full disk leaves nothing of a blob, and the others as they were', async (context) => {
  const disk = await smallDisk(context);
  const blobs = await openFileBlobs(disk);
  await blobs.put('a/small', await localFile('small'));
  const big = await localFile(new Uint8Array(4 * 2 ** 20));
  for (let turn = 0; turn < 3; turn++) {
    await expect(blobs.put('a/big', big)).rejects.toMatchObject({ code: 'resource/disk-full' });
  }
  expect(await blobs.stat('a/big')).toBeNull();
  expect(await readdir(join(disk, '.drafts'))).toEqual([]);
  await blobs.put('a/medium', await localFile(new Uint8Array(1_500_000)));
  expect(await text(await blobs.read('a/small'))).toBe('small');
});

test('what a killed server left half-written goes at the next start', async () => {
  const root = await tempFolder();
  await openFileBlobs(root);
  const [fresh, old] = ['fresh', 'old'].map((name) => join(root, '.drafts', name)) as [string, string];
  await writeFile(fresh, 'half');
  await writeFile(old, 'half');
  const longAgo = new Date(Date.now() - 3_600_000);
  await utimes(old, longAgo, longAgo);
  await openFileBlobs(root);
  expect(await readdir(join(root, '.drafts'))).toEqual(['fresh']); // another server may be writing it
  await openFileBlobs(root, { alone: true });
  expect(await readdir(join(root, '.drafts'))).toEqual([]);
});

test('kill -9 while blobs are put leaves each whole or absent', async () => {
  const root = await tempFolder();
  const script = fileURLToPath(new URL('./testing/put-blobs.mjs', import.meta.url));
  for (let cycle = 0; cycle < 5; cycle++) {
    const child = spawn(process.execPath, [script], {
      env: { ...process.env, FOLDER: root, SOURCE: await localFile(new Uint8Array(3_000_000).fill(cycle)) },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let output = '';
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      output += chunk;
    });
    const exit = once(child, 'close');
    while (output.split('\n').length < 4) await sleep(2);
    await sleep(Math.random() * 20);
    child.kill('SIGKILL');
    await exit;
    const acknowledged = output.split('\n').slice(0, -1);

    const blobs = await openFileBlobs(root, { alone: true });
    const there: string[] = [];
    for await (const { key, bytes } of blobs.list('')) {
      expect(bytes).toBe(3_000_000);
      there.push(key);
    }
    expect(there).toEqual(expect.arrayContaining(acknowledged));
    expect(await readdir(join(root, '.drafts'))).toEqual([]);
    for (const key of there) await blobs.remove(key);
  }
});
