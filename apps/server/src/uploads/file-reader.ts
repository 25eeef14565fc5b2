import type { FileHandle } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { RandomAccessReader } from 'yauzl';

/** 64 KB: a few hundred records of a central directory. */
const WINDOW_BYTES = 2 ** 16;

/**
 * What yauzl reads a file by. Its own reader asks the system for each record by itself, and passes on offsets that no
 * file can have, which Node answers with an exception that nobody can catch.
 */
export class FileReader extends RandomAccessReader {
  readonly #file: FileHandle;
  readonly #size: number;
  readonly #window = Buffer.allocUnsafe(WINDOW_BYTES);
  #start = 0;
  #filled = 0;

  constructor(file: FileHandle, size: number) {
    super();
    this.#file = file;
    this.#size = size;
  }

  override read(
    target: Buffer,
    offset: number,
    length: number,
    position: number,
    callback: (error: Error | null) => void,
  ): void {
    this.#read(target.subarray(offset, offset + length), position).then(
      () => callback(null),
      (error: unknown) => callback(error as Error),
    );
  }

  /** Not used: entries are read without yauzl. */
  override _readStreamForRange(): Readable {
    return Readable.from([]);
  }

  async #read(target: Buffer, position: number): Promise<void> {
    if (!(position >= 0 && position + target.length <= this.#size))
      throw new Error('the file ends too early');
    if (target.length > WINDOW_BYTES) return readFully(this.#file, target, position);
    if (position < this.#start || position + target.length > this.#start + this.#filled) {
      this.#filled = 0;
      this.#start = position;
      const ahead = Math.min(WINDOW_BYTES, this.#size - position);
      await readFully(this.#file, this.#window.subarray(0, ahead), position);
      this.#filled = ahead;
    }
    this.#window.copy(target, 0, position - this.#start);
  }
}

/** Fills `target` from a place in a file. */
export async function readFully(file: FileHandle, target: Uint8Array, position: number): Promise<void> {
  let done = 0;
  while (done < target.length) {
    const { bytesRead } = await file.read(target, done, target.length - done, position + done);
    if (bytesRead === 0) throw new Error('the file ends too early');
    done += bytesRead;
  }
}
