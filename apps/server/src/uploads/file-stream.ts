import { createReadStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import type { Readable } from 'node:stream';

/** A file of which nothing is left once it was read, or once reading was given up. */
export function fileStream(path: string): Readable {
  return createReadStream(path).once('close', () => void rm(path, { force: true }));
}
