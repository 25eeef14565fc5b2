import { createHash, randomBytes } from 'node:crypto';
import { readdir, readlink, rename, rm } from 'node:fs/promises';
import { hostname } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import { systemCode } from './system-errors.js';

/** As many as Linux follows. */
const MOST_LINKS = 40;

/** Where the old run stands for the moment in which the new one takes its place. */
export const oldRunPath = (out: string): string => sibling(out, 'graft-old');

const machine = createHash('sha256').update(hostname()).digest('hex').slice(0, 8);

/** A directory beside `out` that belongs to this process, and that a later writer knows to be left over. */
export function draftPath(out: string): string {
  return sibling(out, `graft-draft-${machine}-${process.pid}-${randomBytes(4).toString('hex')}`);
}

const sibling = (out: string, kind: string): string => join(dirname(out), `.${basename(out)}.${kind}`);

/**
 * Repairs what a kill in the middle of replacing a run left behind: the new run stays where it is complete, else
 * the old one comes back. Does nothing otherwise. Every reader and writer of runs calls it first.
 *
 * @example
 * await recoverRun('runs/trucks');
 */
export async function recoverRun(out: string): Promise<void> {
  const path = await followLinks(resolve(out));
  const old = oldRunPath(path);
  try {
    // Succeeds only where nothing, or an empty directory, is in the way.
    await rename(old, path);
  } catch (error) {
    const code = systemCode(error);
    // The new run is in place, and the old one is of no use; who may not remove it can still read.
    if (code === 'ENOTEMPTY' || code === 'EEXIST') await removeRun(old, path).catch(() => {});
    // Otherwise there is no old run, or nothing may be written here; then nobody can have left one half replaced.
  }
}

/** Where a path leads, also when nothing is there at the moment. */
async function followLinks(path: string): Promise<string> {
  let end = path;
  for (let step = 0; step < MOST_LINKS; step++) {
    const next = await readlink(end).catch(() => null);
    if (next === null) break;
    end = resolve(dirname(end), next);
  }
  return end;
}

/** Removes a directory such that a kill leaves nothing that looks like an old run. */
export async function removeRun(directory: string, out: string): Promise<void> {
  const draft = draftPath(out);
  try {
    await rename(directory, draft);
    await rm(draft, { recursive: true, force: true });
  } catch (error) {
    if (systemCode(error) !== 'ENOENT') throw error; // another process was quicker
  }
}

/** Removes drafts of processes of this machine that no longer run. */
export async function removeLeftDrafts(out: string): Promise<void> {
  const prefix = `${basename(sibling(out, 'graft-draft'))}-${machine}-`;
  const entries = await readdir(dirname(out)).catch(() => []);
  for (const name of entries) {
    if (!name.startsWith(prefix)) continue;
    const pid = Number(name.slice(prefix.length).split('-')[0]);
    if (!isRunning(pid)) await rm(join(dirname(out), name), { recursive: true, force: true });
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return systemCode(error) === 'EPERM'; // it is there, but not ours
  }
}
