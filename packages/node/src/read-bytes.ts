import { open } from 'node:fs/promises';

/**
 * Reads a file from its start until `target` is full or the file ends, and never more: some files have no end.
 *
 * @returns how many bytes were read
 */
export async function readBytes(path: string, target: Uint8Array): Promise<number> {
  const handle = await open(path);
  try {
    let done = 0;
    while (done < target.length) {
      const { bytesRead } = await handle.read(target, done, target.length - done, done);
      if (bytesRead === 0) break;
      done += bytesRead;
    }
    return done;
  } finally {
    await handle.close();
  }
}
