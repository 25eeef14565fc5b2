import { constants } from 'node:fs';
import { copyFile, mkdir, readdir, readFile, rm, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { GraftError } from '@graft/core';
import * as z from 'zod';
import type { BackupManifest } from './backup.js';
import { fileSha256 } from './models/file-hash.js';
import { checkKey } from './stores/blob-keys.js';
import { extractZip } from './uploads/extract-zip.js';

const manifestSchema = z.strictObject({
  format: z.literal(1),
  version: z.string(),
  createdAt: z.string(),
  files: z
    .array(z.strictObject({ name: z.string(), bytes: z.int().min(0), sha256: z.string().length(64) }))
    .min(1)
    .refine(([first]) => first?.name === 'records.db', { message: 'records.db comes first' }),
});

/** A backup is our own: it may be as large as the disk. */
const zipLimits = { entries: 10_000_000, bytes: Number.MAX_SAFE_INTEGER, ratio: 1000 };

/**
 * Makes a data directory of a backup, if all of it is there and unchanged; otherwise nothing is made.
 *
 * @param from what `backup` wrote
 * @param data is made if it is not there; must be empty
 * @throws GraftError `usage/out-not-empty`, `data/backup`, `data/bad-archive`, `resource/disk-full`
 *
 * @example
 * await restore('graft-2026-11-24.zip', 'graft-data');
 */
export async function restore(from: string, data: string): Promise<BackupManifest> {
  await mkdir(data, { recursive: true, mode: 0o700 });
  if ((await readdir(data)).length > 0) {
    throw new GraftError('usage/out-not-empty', `Expected an empty directory. Received "${data}".`, {
      hint: 'Restore beside it, and let the server use the new one.',
    });
  }
  try {
    if ((await stat(from).catch(() => null))?.isDirectory()) return await restoreFolder(from, data);
    const unpacked = join(data, 'restoring');
    await extractZip(from, unpacked, zipLimits);
    const manifest = await restoreFolder(unpacked, data);
    await rm(unpacked, { recursive: true });
    return manifest;
  } catch (error) {
    for (const name of await readdir(data)) await rm(join(data, name), { recursive: true, force: true });
    throw error;
  }
}

async function restoreFolder(from: string, data: string): Promise<BackupManifest> {
  const manifest = await readManifest(from);
  const [records, ...blobs] = manifest.files;
  // The rows come last: they are what makes it a data directory.
  for (const { name, bytes, sha256 } of [...blobs, ...(records ? [records] : [])]) {
    const target = join(data, name);
    await mkdir(dirname(target), { recursive: true, mode: 0o700 });
    await copyFile(join(from, name), target, constants.COPYFILE_FICLONE | constants.COPYFILE_EXCL).catch(
      (error: Error) => {
        throw damaged(from, error.message);
      },
    );
    const found = await fileSha256(target);
    if (found !== sha256)
      throw damaged(from, `"${name}" with the SHA-256 ${found}, not ${sha256} (${bytes} bytes)`);
  }
  return manifest;
}

async function readManifest(from: string): Promise<BackupManifest> {
  try {
    const manifest = manifestSchema.parse(JSON.parse(await readFile(join(from, 'backup.json'), 'utf8')));
    for (const { name } of manifest.files.slice(1)) {
      if (!name.startsWith('blobs/')) throw new Error(`the file "${name}"`);
      checkKey(name.slice('blobs/'.length));
    }
    return manifest;
  } catch (error) {
    throw damaged(from, `a backup.json that can't be read: ${(error as Error).message}`, error);
  }
}

function damaged(from: string, received: string, cause?: unknown): GraftError {
  return new GraftError(
    'data/backup',
    `Expected a whole backup in "${resolve(from)}". Received ${received}.`,
    {
      hint: 'Take another backup.',
      cause,
    },
  );
}
