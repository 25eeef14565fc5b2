import { mkdir, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { randomText } from './ids.js';

/** Places on this machine for what is on its way: nothing in them outlives the process that made it. */
export interface Scratch {
  /** For uploads while they come in. */
  readonly spool: string;
  /** Unpacked models, by what they hold; may be emptied at any time between runs. */
  readonly models: string;
  /** A new, empty directory. */
  newFolder(name: string): Promise<string>;
}

/** Empties what an earlier process left behind. `name` keeps processes that share a directory apart. */
export async function openScratch(data: string, name: string): Promise<Scratch> {
  const root = resolve(data, 'scratch', name); // absolute: job processes work in folders of their own
  const [spool, work, models] = [join(root, 'spool'), join(root, 'work'), join(root, 'models')];
  await rm(root, { recursive: true, force: true, maxRetries: 5 }); // a job that lost its parent may still write
  for (const folder of [spool, work, models]) await mkdir(folder, { recursive: true });
  return {
    spool,
    models,
    async newFolder(folderName) {
      const path = join(work, `${folderName}.${randomText(8)}`);
      await mkdir(path);
      return path;
    },
  };
}
