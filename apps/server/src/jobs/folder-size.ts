import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';

/** What the files below a folder take, in MB. Files that vanish meanwhile count nothing. */
export async function folderMB(folder: string): Promise<number> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  let bytes = 0;
  for (const entry of entries) {
    if (!entry.isFile()) continue;
    bytes += (await stat(join(entry.parentPath, entry.name)).catch(() => null))?.size ?? 0;
  }
  return bytes / 2 ** 20;
}
