import { realpath, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { GraftError } from '@graft/core';
import { parsePlainJson } from './plain-json.js';
import { readBytes } from './read-bytes.js';
import { systemCode, systemReason } from './system-errors.js';

const MOST_JSON_BYTES = 64 * 2 ** 20;

/** A regular file that really lies in the directory that it was asked for in. */
export interface ConfinedFile {
  readonly path: string;
  readonly size: number;
}

/**
 * Finds a file by its plain name; links may not lead out of the directory.
 *
 * @param directory a real path
 * @throws GraftError `model/not-found`, `model/unreadable`, `model/bad-path`
 */
export async function findConfined(directory: string, name: string): Promise<ConfinedFile> {
  try {
    const path = await realpath(join(directory, name));
    const found = await stat(path);
    if (dirname(path) !== directory || !found.isFile()) {
      throw new GraftError(
        'model/bad-path',
        `Expected "${name}" to be a regular file in "${directory}". Received something else.`,
        {
          details: { path: name },
        },
      );
    }
    return { path, size: found.size };
  } catch (error) {
    if (error instanceof GraftError) throw error;
    throw new GraftError(
      systemCode(error) === 'ENOENT' ? 'model/not-found' : 'model/unreadable',
      `Expected a file "${name}" in "${directory}". Received none: ${systemReason(error)}.`,
      { details: { path: name }, cause: error },
    );
  }
}

/**
 * Fills `target` from a file that must have exactly so many bytes.
 *
 * @throws GraftError `model/bad-weights` where the file has changed meanwhile
 */
export async function readExactly({ path }: ConfinedFile, target: Uint8Array): Promise<void> {
  const done = await readBytes(path, target);
  if (done < target.length) {
    throw new GraftError(
      'model/bad-weights',
      `Expected ${target.length} bytes in "${path}". Received ${done}.`,
    );
  }
}

/**
 * Reads a JSON file of at most 64 MB.
 *
 * @throws GraftError `model/not-found`, `model/unreadable`, `model/bad-path`, `model/too-large`, `model/bad-json`
 */
export async function readConfinedJson(directory: string, name: string): Promise<unknown> {
  const file = await findConfined(directory, name);
  if (file.size > MOST_JSON_BYTES) {
    throw new GraftError(
      'model/too-large',
      `Expected "${name}" to have at most ${MOST_JSON_BYTES} bytes. Received ${file.size}.`,
    );
  }
  const bytes = new Uint8Array(file.size);
  await readExactly(file, bytes);
  return parsePlainJson(decodeText(bytes, name), name);
}

/** UTF-8, with or without a byte order mark. */
function decodeText(bytes: Uint8Array, name: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (error) {
    throw new GraftError('model/bad-json', `Expected "${name}" to be text in UTF-8. Received other bytes.`, {
      details: { file: name },
      cause: error,
    });
  }
}
