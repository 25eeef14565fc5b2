import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { onTestFinished } from 'vitest';

export type FileTree = Readonly<Record<string, string | Uint8Array>>;

/** A new folder with these files, by relative path, that goes when the test ends. */
export async function tempFolder(files: FileTree = {}): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'graft-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  await addFiles(folder, files);
  return folder;
}

export async function addFiles(folder: string, files: FileTree): Promise<void> {
  for (const [name, content] of Object.entries(files)) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), content);
  }
}
