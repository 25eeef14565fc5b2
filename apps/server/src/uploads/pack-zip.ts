import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream, type ReadStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import type { PassThrough } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { ZipFile } from 'yazl';
import { byCodePoint } from './code-points.js';
import { diskError } from './disk-errors.js';
import { filePath, TakenPaths, usualNames } from './entry-names.js';
import type { Spooled } from './spool.js';

export interface FileToPack {
  /** In the zip file, with `/`. */
  readonly name: string;
  readonly path: string;
}

/** 1980-01-01 in local time, which is what zip files count in: the same bytes in every time zone. */
const BEGINNING = new Date(1980, 0, 1);

/**
 * Packs files into a zip file: the same names and contents give the same bytes, on every machine and at any time.
 * They are stored as they are: pictures and weights hardly shrink.
 *
 * @param out must not be there yet; nothing is left where packing fails
 * @throws GraftError `data/archive-path`, `data/archive-duplicate`, `resource/disk-full`; the signal's reason
 *
 * @example
 * const { sha256 } = await packZip([{ name: 'truck/1.jpg', path: '/tmp/a' }], '/tmp/photos.zip');
 */
export async function packZip(
  files: readonly FileToPack[],
  out: string,
  signal?: AbortSignal,
): Promise<Spooled> {
  const named = checkedNames(files);
  const zip = new ZipFile();
  const packed = zip.outputStream as PassThrough; // says its source
  let reading: ReadStream | null = null;
  for (const { name, path } of named) {
    const options = { mtime: BEGINNING, mode: 0o100644, forceDosTimestamp: true, compress: false };
    zip.addReadStreamLazy(name, options, (give) => {
      reading = createReadStream(path).on('error', (error) => packed.destroy(error));
      give(null, reading);
    });
  }
  zip.end();
  const dispose = () => rm(out, { force: true });
  const hash = createHash('sha256');
  let bytes = 0;
  const counted = async function* (source: AsyncIterable<Buffer>) {
    for await (const chunk of source) {
      bytes += chunk.length;
      hash.update(chunk);
      yield chunk;
    }
  };
  try {
    await pipeline(packed, counted, createWriteStream(out, { flags: 'wx' }), signal ? { signal } : {});
  } catch (error) {
    (reading as ReadStream | null)?.destroy();
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') await dispose();
    if (signal?.aborted) throw signal.reason;
    throw diskError(error);
  }
  return { path: out, bytes, sha256: hash.digest('hex'), dispose };
}

function checkedNames(files: readonly FileToPack[]): FileToPack[] {
  const taken = new TakenPaths();
  const named = files.map(({ name, path }) => ({ name: filePath(name, usualNames), path }));
  for (const { name } of named) taken.addFile(name);
  return named.sort((a, b) => byCodePoint(a.name, b.name));
}
