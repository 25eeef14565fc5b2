import { access, constants, lstat, readdir, realpath, stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { type ErrorCode, GraftError } from '@graft/core';
import { listSome } from './list-some.js';
import { recoverRun } from './recover-run.js';
import { systemCode, systemReason, writeError } from './system-errors.js';

export interface WriteRunOptions {
  /** Replace a run that is there already. */
  readonly overwrite?: boolean | undefined;
}

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

/** As `checkOut`; the real path of `out`, once it is known that a run can go there. */
export async function checkedOut(out: string, { overwrite = false }: WriteRunOptions): Promise<string> {
  await recoverRun(out);
  const path = await followLink(resolve(out));
  const names = await ownWork(out, () => namesIn(path));
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

/** Empty where nothing is, or where another writer has just moved the directory away. */
async function namesIn(path: string): Promise<string[]> {
  return readdir(path).catch((error: unknown) => {
    if (systemCode(error) === 'ENOENT') return [];
    throw error;
  });
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

const outCodes: Readonly<Record<string, ErrorCode>> = {
  ENOTDIR: 'usage/out-not-a-directory',
  ENOENT: 'usage/out-not-writable',
  EACCES: 'usage/out-not-writable',
  EPERM: 'usage/out-not-writable',
  EROFS: 'usage/out-not-writable',
  ELOOP: 'usage/out-not-writable',
  ENAMETOOLONG: 'usage/out-not-writable',
  EBUSY: 'usage/out-not-writable', // a mount point
  ERR_INVALID_ARG_VALUE: 'usage/out-not-writable', // a NUL in the name
};

/** Runs work on the disk of which every failure is one of `out`. */
export async function ownWork<T>(out: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const written = writeError(error, out);
    if (written instanceof GraftError) throw written;
    throw new GraftError(
      outCodes[systemCode(error) ?? ''] ?? 'resource/write-failed',
      `Expected a directory that can be written. Received "${out}": ${systemReason(error)}.`,
      {
        details: { out },
        cause: error,
      },
    );
  }
}
