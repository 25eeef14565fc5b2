import { createHash } from 'node:crypto';
import { GraftError, type Warning } from '@graft/core';
import { decodeSlots, forEachBounded } from './bounded.js';
import { firstEqual } from './equal-content.js';
import { decodeImage, readImageFile } from './images.js';
import { listSome } from './list-some.js';

/** A file that cannot be used, and why. */
export interface BadFile {
  readonly file: string;
  readonly reason: string;
}

export interface CheckedImages {
  /** For each file the index of the first one with the same bytes: its own, mostly. */
  readonly groups: readonly number[];
  readonly bad: readonly (BadFile & { readonly index: number })[];
}

export interface CheckOptions {
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
}

/**
 * Reads, hashes (SHA-256) and decodes every file once, a few at a time, and keeps no pixels: bad files are known
 * before anything is trained on the good ones.
 *
 * @param names what to call the files in `bad`
 *
 * @example
 * const { bad } = await checkImages(['a.jpg', 'b.jpg'], ['a.jpg', 'b.jpg']);
 */
export async function checkImages(
  paths: readonly string[],
  names: readonly string[],
  { signal, onProgress }: CheckOptions = {},
): Promise<CheckedImages> {
  const hashes: (string | null)[] = new Array(paths.length).fill(null);
  const bad: (BadFile & { index: number })[] = [];
  let done = 0;
  // Twice as many, so that files are read while others are decoded.
  await forEachBounded(paths.length, decodeSlots * 2, signal, async (index) => {
    try {
      const name = names[index] as string;
      const bytes = await readImageFile(paths[index] as string, name);
      hashes[index] = createHash('sha256').update(bytes).digest('base64');
      await decodeImage(bytes, name);
    } catch (error) {
      if (!(error instanceof GraftError) || error.code !== 'data/bad-image') throw error;
      bad.push({ index, file: names[index] as string, reason: String(error.details?.reason) });
    }
    onProgress?.(++done, paths.length);
  });
  return { groups: firstEqual(hashes), bad: bad.sort((a, b) => a.index - b.index) };
}

/**
 * Names every bad file at once.
 *
 * @throws GraftError `data/bad-image` unless there are none
 */
export function refuseBadFiles(bad: readonly BadFile[]): void {
  if (!bad.length) return;
  const files = bad.map(({ file, reason }) => ({ file, reason }));
  throw new GraftError(
    'data/bad-image',
    `Expected JPEG, PNG or WebP pictures. Received ${bad.length} that cannot be used: ${listSome(
      files.map(({ file, reason }) => `"${file}" (${reason})`),
    )}.`,
    { hint: 'Repair or remove them, or skip them with --skip-bad (skipBad: true).', details: { files } },
  );
}

export function skippedWarning(bad: readonly BadFile[]): Warning[] {
  if (!bad.length) return [];
  const files = listSome(bad.map(({ file, reason }) => `"${file}" (${reason})`));
  return [{ code: 'skipped-files', message: `${bad.length} files were left out: ${files}.` }];
}
