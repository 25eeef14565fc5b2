import { mkdir, open, readdir, rename, rm, rmdir, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { checkedOut, ownWork, type WriteRunOptions } from './check-out.js';
import { draftPath, oldRunPath, recoverRun, removeLeftDrafts, removeRun } from './recover-run.js';
import { systemCode, writeError } from './system-errors.js';

const MOST_ATTEMPTS = 10;

/**
 * Writes a run as a whole: `fill` writes files into a directory beside `out`; when it is done everything is flushed
 * to the disk and takes its place by renaming. An error, a full disk or a kill leaves what was there before, or
 * the new run, never a part. With `overwrite` the old run stays until the new one is complete.
 *
 * @param fill gets the directory to write to; what it returns is returned, what it throws is thrown
 * @throws GraftError `usage/out-*`, `resource/disk-full`, `resource/write-failed`
 *
 * @example
 * await writeRun('runs/trucks', { overwrite: true }, async ({ path }) => {
 *   await save(model, modelDirectory(path));
 * });
 */
export async function writeRun<T>(
  out: string,
  options: WriteRunOptions,
  fill: (draft: { readonly path: string }) => Promise<T>,
): Promise<T> {
  const path = await checkedOut(out, options);
  await removeLeftDrafts(path);
  const draft = draftPath(path);
  let created: string | undefined; // the first folder above `out` that was not there
  try {
    created = await ownWork(out, async () => {
      const first = await makeFolders(dirname(path));
      await mkdir(draft);
      return first;
    });
    const result = await fill({ path: draft });
    await ownWork(out, async () => {
      await flushAll(draft);
      await takePlace(draft, path, options);
      await flush(dirname(path));
    });
    return result;
  } catch (error) {
    await Promise.allSettled([rm(draft, { recursive: true, force: true }), recoverRun(path)]);
    if (created !== undefined) await removeEmpty(dirname(path), created);
    throw writeError(error, out);
  }
}

/** Another writer of the same run, or a reader that repairs, may come in between: then it is tried again. */
async function takePlace(draft: string, path: string, options: WriteRunOptions): Promise<void> {
  const old = oldRunPath(path);
  for (let attempt = 0; !(await moved(draft, path)); attempt++) {
    if (attempt === MOST_ATTEMPTS) throw new Error('other processes write the same run');
    await checkedOut(path, options); // refuses unless the run that stands there may be replaced
    await moved(path, old);
  }
  await removeRun(old, path);
}

/** Renames a directory; false where a directory with content is in the way, or nothing is there any more. */
async function moved(from: string, to: string): Promise<boolean> {
  try {
    await rename(from, to);
    return true;
  } catch (error) {
    if (['ENOTEMPTY', 'EEXIST', 'ENOENT'].includes(systemCode(error) ?? '')) return false;
    throw error;
  }
}

async function flushAll(directory: string): Promise<void> {
  for (const entry of await readdir(directory, { withFileTypes: true })) {
    const path = join(directory, entry.name);
    await (entry.isDirectory() ? flushAll(path) : flush(path));
  }
  await flush(directory);
}

async function flush(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/**
 * Makes a folder and those above it; the first one made, for `removeEmpty`. (The `recursive` of Node's mkdir goes
 * on for ever where a file system answers ENOENT, as /proc does.)
 */
async function makeFolders(path: string): Promise<string | undefined> {
  const above = dirname(path);
  if (await stat(path).catch(() => null)) return undefined;
  const first = above === path ? undefined : await makeFolders(above);
  await mkdir(path);
  return first ?? path;
}

async function removeEmpty(directory: string, first: string): Promise<void> {
  for (let path = directory; path.startsWith(first); path = dirname(path)) {
    await rmdir(path).catch(() => {}); // something else is in it by now
  }
}
