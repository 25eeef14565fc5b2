import type { Readable } from 'node:stream';

/** Bytes under a name. */
export interface BlobFacts {
  /**
   * Parts of `[A-Za-z0-9._-]`, joined by `/`; no part begins with a dot; up to 512 characters. No key goes on where
   * another one ends (`a` and `a/b`).
   */
  readonly key: string;
  readonly bytes: number;
  /** Milliseconds since 1970. */
  readonly modifiedAt: number;
}

/**
 * Where the server's files live. A blob is there completely or not at all, and never changes: keys are made from
 * what they hold, so that storing the same thing twice is no conflict. Every method throws StoreUnavailable while the
 * store cannot be reached, and GraftError `usage/blob-key` for a key that none can have.
 *
 * @example
 * await blobs.put(`files/${sha256}`, spooledPath);
 * const stream = await blobs.read(`files/${sha256}`);
 */
export interface Blobs {
  /**
   * Stores the content of a local file, which stays the caller's. Durable once the promise has resolved.
   *
   * @throws GraftError `resource/disk-full`; nothing is left then
   */
  put(key: string, path: string): Promise<void>;
  /**
   * @param range in bytes from 0, both ends included as in HTTP; what lies behind the end of the blob is left out
   * @throws BlobMissing
   */
  read(key: string, range?: { readonly start: number; readonly end: number }): Promise<Readable>;
  stat(key: string): Promise<BlobFacts | null>;
  /** Removing what is not there is no error. */
  remove(key: string): Promise<void>;
  /** All whose key begins like this, in order of the bytes of their keys. */
  list(prefix: string): AsyncIterable<BlobFacts>;
  /** Resolves if the store answers. */
  ping(): Promise<void>;
  close(): Promise<void>;
}

export class BlobMissing extends Error {
  override readonly name = 'BlobMissing';
  readonly key: string;

  constructor(key: string) {
    super(`Expected bytes under "${key}". There are none.`);
    this.key = key;
  }
}
