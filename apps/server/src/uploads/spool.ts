import { createHash } from 'node:crypto';
import { open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { GraftError } from '@graft/core';
import { randomText } from '../ids.js';
import { abortable } from './abortable.js';
import { diskError } from './disk-errors.js';

/** Bytes from the network as a file of this machine. Who asked for it disposes it. */
export interface Spooled {
  readonly path: string;
  readonly bytes: number;
  /** In hexadecimal. */
  readonly sha256: string;
  /** Removes the file; may be called twice, and after the file was moved away. */
  dispose(): Promise<void>;
}

export interface SpoolOptions {
  /** Where the file goes, under a random name. */
  readonly directory: string;
  readonly maxBytes: number;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Streams bytes to a file and hashes them on the way. Where that fails no file is left. The source is not destroyed:
 * a request that was refused can still be answered.
 *
 * @throws GraftError `data/too-large`, `data/upload-aborted` (by `signal`, or because the source broke off),
 *   `resource/disk-full`
 *
 * @example
 * const { path, sha256, dispose } = await spool(request, { directory: scratch.spool, maxBytes: 2 ** 30 });
 */
export async function spool(
  source: Readable,
  { directory, maxBytes, signal }: SpoolOptions,
): Promise<Spooled> {
  const path = join(directory, randomText(20));
  const dispose = () => rm(path, { force: true });
  const hash = createHash('sha256');
  let bytes = 0;
  try {
    const file = await open(path, 'wx');
    try {
      for await (const chunk of incoming(source, signal)) {
        bytes += chunk.length;
        if (bytes > maxBytes) throw tooLarge(maxBytes);
        hash.update(chunk);
        await file.writeFile(chunk); // goes on where the last one ended
      }
    } finally {
      await file.close();
    }
  } catch (error) {
    await dispose();
    throw diskError(error);
  }
  return { path, bytes, sha256: hash.digest('hex'), dispose };
}

/**
 * The chunks of a stream that someone else owns. However the loop ends, the stream is only left where it is.
 *
 * @throws GraftError `data/upload-aborted`
 */
export async function* incoming(source: Readable, signal: AbortSignal | undefined): AsyncGenerator<Buffer> {
  const chunks = source.iterator({ destroyOnReturn: false });
  const guard = abortable(signal);
  try {
    for (;;) {
      const { done, value } = await guard.wait(chunks.next());
      if (done) return;
      yield typeof value === 'string' ? Buffer.from(value) : value;
    }
  } catch (error) {
    throw error instanceof GraftError ? error : aborted(error);
  } finally {
    guard.release();
    void chunks.return?.(); // not awaited: after an abort it comes only with the next chunk
  }
}

export function tooLarge(maxBytes: number): GraftError {
  return new GraftError('data/too-large', `Expected an upload of at most ${maxBytes} bytes. Received more.`, {
    details: { maxBytes },
  });
}

function aborted(cause: unknown): GraftError {
  return new GraftError(
    'data/upload-aborted',
    'Expected an upload that comes to its end. Received only its beginning.',
    {
      hint: 'Send it again.',
      cause,
    },
  );
}
