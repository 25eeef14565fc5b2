import { randomUUID } from 'node:crypto';
import { constants, type Stats } from 'node:fs';
import { copyFile, lstat, mkdir, open, readdir, realpath, rename, rm, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { Readable } from 'node:stream';
import { GraftError } from '@graft/core';
import { checkKey, checkPrefix } from './blob-keys.js';
import { type BlobFacts, BlobMissing, type Blobs } from './blobs.js';

export interface FileBlobsOptions {
  /**
   * Whether no other process writes here. Half-written files of killed servers are then removed at once, otherwise when
   * nobody has written to them for ten minutes.
   */
  readonly alone?: boolean;
}

/** In the root, thus in the same file system; no key begins with a dot. */
const DRAFTS = '.drafts';
const ABANDONED_MS = 600_000;

/**
 * Blobs as files below a directory. A blob is written as a draft, flushed to the disk and then renamed, so that a kill
 * or a full disk leaves all of it or nothing. No symbolic link is followed inside the directory.
 *
 * @param root is made if it is not there, readable by its owner only
 *
 * @example
 * const blobs = await openFileBlobs('data/blobs', { alone: true });
 */
export async function openFileBlobs(root: string, { alone = false }: FileBlobsOptions = {}): Promise<Blobs> {
  await mkdir(join(root, DRAFTS), { recursive: true, mode: 0o700 });
  const directory = await realpath(root);
  await removeLeftDrafts(join(directory, DRAFTS), alone ? 0 : ABANDONED_MS);
  return new FileBlobs(directory);
}

class FileBlobs implements Blobs {
  readonly #root: string;

  constructor(root: string) {
    this.#root = root;
  }

  async put(key: string, source: string): Promise<void> {
    const path = this.#path(key);
    const draft = join(this.#root, DRAFTS, randomUUID());
    try {
      await copyFile(source, draft, constants.COPYFILE_FICLONE | constants.COPYFILE_EXCL);
      await flush(draft);
      await makeDirectories(dirname(path));
      await rename(draft, path);
      await flush(dirname(path));
    } catch (error) {
      await rm(draft, { force: true });
      throw putError(error, key);
    }
  }

  async read(key: string, range?: { readonly start: number; readonly end: number }): Promise<Readable> {
    const path = this.#path(key);
    const facts = await ownFile(path);
    if (!facts) throw new BlobMissing(key);
    if (range && range.start > Math.min(range.end, facts.size - 1)) return Readable.from([]);
    const handle = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW).catch(absentAs(null));
    if (!handle) throw new BlobMissing(key);
    return handle.createReadStream(range);
  }

  async stat(key: string): Promise<BlobFacts | null> {
    const facts = await ownFile(this.#path(key));
    return facts && { key, bytes: facts.size, modifiedAt: Math.trunc(facts.mtimeMs) };
  }

  async remove(key: string): Promise<void> {
    const path = this.#path(key);
    if (!(await ownFile(path))) return;
    await rm(path, { force: true });
    await flush(dirname(path));
  }

  async *list(prefix: string): AsyncGenerator<BlobFacts> {
    checkPrefix(prefix);
    yield* this.#walk(prefix.slice(0, prefix.lastIndexOf('/') + 1), prefix);
  }

  async ping(): Promise<void> {
    await stat(join(this.#root, DRAFTS));
  }

  async close(): Promise<void> {}

  /** @param parent '' or ends with a slash */
  async *#walk(parent: string, prefix: string): AsyncGenerator<BlobFacts> {
    const path = resolve(this.#root, parent);
    if (!(await isOwnDirectory(path))) return;
    const names = (await readdir(path, { withFileTypes: true }).catch(absentAs([])))
      .filter((entry) => (entry.isFile() || entry.isDirectory()) && !entry.name.startsWith('.'))
      .map((entry) => `${parent}${entry.name}${entry.isDirectory() ? '/' : ''}`)
      .filter((name) => name.startsWith(prefix))
      // With its slash a directory stands where the keys in it belong: "a-b" comes before "a/b".
      .toSorted((a, b) => (a < b ? -1 : 1));
    for (const name of names) {
      if (name.endsWith('/')) yield* this.#walk(name, prefix);
      else {
        const facts = await this.stat(name); // it may have been removed meanwhile
        if (facts) yield facts;
      }
    }
  }

  #path(key: string): string {
    checkKey(key);
    return join(this.#root, key);
  }
}

/** Facts of a file that stands where its path says. */
async function ownFile(path: string): Promise<Stats | null> {
  const facts = await lstat(path).catch(absentAs(null));
  return facts?.isFile() && (await isOwnDirectory(dirname(path))) ? facts : null;
}

/** Whether a directory is there and no part of its path is a link to elsewhere. */
async function isOwnDirectory(path: string): Promise<boolean> {
  return (await realpath(path).catch(absentAs(null))) === path;
}

/** A new name is durable once the directory that holds it was flushed. */
async function makeDirectories(path: string): Promise<void> {
  if (await isOwnDirectory(path)) return;
  await makeDirectories(dirname(path));
  await mkdir(path, { mode: 0o700 }).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error;
  });
  if (!(await isOwnDirectory(path))) throw new Error(`"${path}" is no directory but a link`);
  await flush(dirname(path));
}

async function flush(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function removeLeftDrafts(directory: string, olderThanMs: number): Promise<void> {
  for (const name of await readdir(directory)) {
    const path = join(directory, name);
    const facts = await lstat(path).catch(absentAs(null));
    if (facts && Date.now() - facts.mtimeMs >= olderThanMs) await rm(path, { force: true });
  }
}

/** For `catch`: what is answered where nothing is, or something else than what was looked for. */
function absentAs<Value>(value: Value): (error: NodeJS.ErrnoException) => Value {
  return (error) => {
    if (['ENOENT', 'ENOTDIR', 'ELOOP'].includes(error.code ?? '')) return value;
    throw error;
  };
}

function putError(error: unknown, key: string): unknown {
  const { code } = error as NodeJS.ErrnoException;
  if (code !== 'ENOSPC' && code !== 'EDQUOT') return error;
  return new GraftError('resource/disk-full', `Expected room for "${key}". Received: the disk is full.`, {
    hint: 'Free some space in the data directory.',
    details: { key },
    cause: error,
  });
}
