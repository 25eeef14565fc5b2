import { constants } from 'node:fs';
import { copyFile, mkdir, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { GraftError } from '@graft/core';
import Database from 'libsql';
import { blobReferences } from './blob-references.js';
import { randomText } from './ids.js';
import { fileSha256 } from './models/file-hash.js';
import { intoNewFolder } from './uploads/extract-zip.js';
import { packZip } from './uploads/pack-zip.js';
import { version } from './version.js';

/** `backup.json`: what a backup holds, so that a restore can tell whether it is all there. */
export interface BackupManifest {
  readonly format: 1;
  /** Of the server that made it. */
  readonly version: string;
  readonly createdAt: string;
  /** `records.db` first, then blobs as `blobs/KEY`. */
  readonly files: readonly BackupFile[];
}

interface BackupFile {
  readonly name: string;
  readonly bytes: number;
  readonly sha256: string;
}

/** A blob may be removed between the look at the rows and its turn: then the rows are looked at again. */
const mostTries = 5;

/**
 * Copies a data directory as it is at one moment, while its server runs: first the rows, then the blobs that they name.
 *
 * @param out a zip file by its ending, otherwise a folder; must not be there yet
 * @throws GraftError `usage/no-data`, `usage/out-not-empty`, `data/backup`, `resource/disk-full`
 *
 * @example
 * await backup('graft-data', 'graft-2026-11-24.zip');
 */
export async function backup(data: string, out: string): Promise<BackupManifest> {
  if (!(await isThere(join(data, 'records.db')))) {
    throw new GraftError('usage/no-data', `Expected a data directory of a server. Received "${data}".`, {
      hint: 'With --database or --bucket, back those up with their own tools.',
    });
  }
  if (await isThere(out)) {
    throw new GraftError('usage/out-not-empty', `Expected a name that is free. Received "${out}".`);
  }
  for (let tries = 1; ; tries++) {
    const folder = resolve(dirname(out), `.graft-backup-${randomText(8)}`);
    await mkdir(folder, { mode: 0o700 });
    try {
      return await copyAll(data, out, folder);
    } catch (error) {
      if (!isGone(error)) throw error;
      if (tries < mostTries) continue;
      throw new GraftError(
        'data/backup',
        `Expected every blob that a row names. Received: ${error.message}.`,
        {
          hint: 'If the disk lost it, delete the file or model that it belongs to.',
          cause: error,
        },
      );
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }
}

/** @param folder for what is not there yet: the rows and the manifest */
async function copyAll(data: string, out: string, folder: string): Promise<BackupManifest> {
  const records = join(folder, 'records.db');
  copyRows(resolve(data, 'records.db'), records);
  const files = [await factsOf('records.db', records)];
  for (const key of namedBlobs(records)) files.push(await factsOf(`blobs/${key}`, join(data, 'blobs', key)));
  const manifest: BackupManifest = { format: 1, version, createdAt: new Date().toISOString(), files };
  await writeFile(join(folder, 'backup.json'), JSON.stringify(manifest, null, 1), { mode: 0o600 });
  const sources = [
    { name: 'backup.json', path: join(folder, 'backup.json') },
    ...files.map(({ name }) => ({ name, path: join(name === 'records.db' ? folder : data, name) })),
  ];
  if (out.endsWith('.zip')) await packZip(sources, out);
  else await copyInto(out, sources);
  return manifest;
}

/** All rows as of one moment; the server goes on to write meanwhile. */
function copyRows(from: string, to: string): void {
  const database = new Database(from, { readonly: true });
  try {
    database.prepare('VACUUM INTO ?').run(to);
  } finally {
    database.close();
  }
}

function namedBlobs(records: string): Set<string> {
  const database = new Database(records, { readonly: true });
  try {
    const keys = new Set<string>();
    for (const row of database.prepare('SELECT kind, state, body FROM graft_rows').iterate()) {
      const { kind, state, body } = row as { kind: string; state: string | null; body: string };
      for (const key of blobReferences[kind]?.({ state, body: JSON.parse(body) }) ?? []) keys.add(key);
    }
    return keys;
  } finally {
    database.close();
  }
}

async function factsOf(name: string, path: string): Promise<BackupFile> {
  return { name, bytes: (await stat(path)).size, sha256: await fileSha256(path) };
}

/** Copies files into a folder that it makes. */
function copyInto(
  out: string,
  sources: readonly { readonly name: string; readonly path: string }[],
): Promise<void> {
  return intoNewFolder(out, async () => {
    for (const { name, path } of sources) {
      await mkdir(dirname(join(out, name)), { recursive: true, mode: 0o700 });
      await copyFile(path, join(out, name), constants.COPYFILE_FICLONE | constants.COPYFILE_EXCL);
    }
  });
}

const isThere = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  );

const isGone = (error: unknown): error is NodeJS.ErrnoException =>
  (error as NodeJS.ErrnoException | null)?.code === 'ENOENT';
