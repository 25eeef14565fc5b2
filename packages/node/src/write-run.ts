import {
  access,
  constants,
  lstat,
  mkdir,
  open,
  readdir,
  realpath,
  rename,
  rm,
  rmdir,
  stat,
} from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { GraftError } from '@graft/core';
import { listSome } from './list-some.js';
import { draftPath, oldRunPath, recoverRun, removeLeftDrafts, removeRun } from './recover-run.js';
import { systemCode, systemReason, writeError } from './system-errors.js';

export interface WriteRunOptions {
  /** Replace a run that is there already. */
  readonly overwrite?: boolean | undefined;
}

const MOST_ATTEMPTS = 10;

/** What a run consists of; a directory with anything else is not replaced. */
const runFile = /^(model\.json|run\.json|report\.html|comparison\.json|.*\.bin|\.DS_Store|Thumbs\.db)$/;

/**
 * Says whether a run can be written to `out`, before any work is done for it.
 *
 * @throws GraftError `usage/out-not-empty`, `usage/out-not-a-run`, `usage/out-not-a-directory`, `usage/out-not-writable`
 *
 * @example
 * await checkOut('runs/trucks', { overwrite: false });
 */
export async function checkOut(out: string, options: WriteRunOptions = {}): Promise<void> {
  await checkedOut(out, options);
}

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

/** The real path of `out`, once it is known that a run can go there. */
async function checkedOut(out: string, { overwrite = false }: WriteRunOptions): Promise<string> {
  const path = await followLink(resolve(out));
  await recoverRun(path);
  const there = await lstat(path).catch(() => null);
  const names = there ? await ownWork(out, () => readdir(path)) : [];
  if (names.length && !overwrite) {
    throw new GraftError(
      'usage/out-not-empty',
      `Expected an empty or new directory. Received "${out}", which holds ${listSome(names, 5)}.`,
      {
        hint: 'Choose another name, or say --overwrite to replace a run.',
        details: { out },
      },
    );
  }
  const foreign = names.filter((name) => !runFile.test(name));
  if (names.length && (foreign.length || !names.includes('run.json') || !names.includes('model.json'))) {
    throw new GraftError(
      'usage/out-not-a-run',
      `Expected "${out}" to be a run, which alone may be overwritten. Received a directory ${foreign.length ? `with ${listSome(foreign, 5)}` : 'without run.json and model.json'}.`,
      { hint: 'Choose another name.', details: { out, foreign: foreign.slice(0, 100) } },
    );
  }
  await checkWritable(dirname(path), out);
  return path;
}

async function followLink(path: string): Promise<string> {
  const found = await lstat(path).catch(() => null);
  return found?.isSymbolicLink() ? ownWork(path, () => realpath(path)) : path;
}

/** The nearest directory above that is there must be writable. */
async function checkWritable(parent: string, out: string): Promise<void> {
  const found = await stat(parent).catch(() => null);
  if (!found && dirname(parent) !== parent) return checkWritable(dirname(parent), out);
  await ownWork(out, async () => {
    await readdir(parent);
    await access(parent, constants.W_OK | constants.X_OK);
  });
}

/** Runs what this file itself does to the disk; unlike in `fill`, every failure there is one of `out`. */
async function ownWork<T>(out: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const written = writeError(error, out);
    if (written instanceof GraftError) throw written;
    const code = systemCode(error) === 'ENOTDIR' ? 'usage/out-not-a-directory' : 'usage/out-not-writable';
    throw new GraftError(
      code,
      `Expected a directory that can be written. Received "${out}": ${systemReason(error)}.`,
      {
        details: { out },
        cause: error,
      },
    );
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
