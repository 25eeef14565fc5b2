import { mkdir, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { GraftError } from '@graft/core';
import { diskError } from './disk-errors.js';
import { extractEntry } from './extract-entry.js';
import { openZip, type ZipLimits } from './zip-entries.js';

/**
 * Unpacks a zip file into a folder that it makes. Stops at the first entry whose bytes are not what was declared, and
 * leaves nothing then.
 *
 * @param into must not be there yet; the folder that it is in must
 * @throws GraftError as `openZip`; `usage/out-not-empty`, `resource/disk-full`; the signal's reason
 *
 * @example
 * await extractZip('photos.zip', join(folder, 'photos'), { entries: 100_000, bytes: 2 ** 30, ratio: 200 });
 */
export async function extractZip(
  path: string,
  into: string,
  limits: ZipLimits,
  signal?: AbortSignal,
): Promise<void> {
  const zip = await openZip(path, limits, signal);
  try {
    await intoNewFolder(into, async () => {
      for (const folder of zip.folders) await mkdir(join(into, folder), { recursive: true });
      const made = new Set<string>();
      for (const entry of zip.files) {
        const target = join(into, entry.path);
        const folder = dirname(target);
        if (!made.has(folder)) await mkdir(folder, { recursive: true });
        made.add(folder);
        await extractEntry(zip, entry, target, signal);
      }
    });
  } finally {
    await zip.close();
  }
}

/**
 * Makes a folder and fills it; where that fails, it is removed again.
 *
 * @throws GraftError `usage/out-not-empty`, `resource/disk-full`
 */
export async function intoNewFolder(into: string, fill: () => Promise<void>): Promise<void> {
  await mkdir(into).catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw diskError(error);
    throw new GraftError(
      'usage/out-not-empty',
      'Expected a folder that is not there yet. Received one that is.',
    );
  });
  try {
    await fill();
  } catch (error) {
    await rm(into, { recursive: true, force: true });
    throw diskError(error);
  }
}
