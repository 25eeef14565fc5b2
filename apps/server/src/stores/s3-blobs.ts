import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { PassThrough, Readable } from 'node:stream';
import {
  DeleteObjectCommand,
  GetObjectCommand,
  HeadBucketCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  type ListObjectsV2CommandOutput,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { GraftError } from '@graft/core';
import { fileSha256 } from '../models/file-hash.js';
import { checkKey, checkPrefix } from './blob-keys.js';
import { type BlobFacts, BlobMissing, type Blobs } from './blobs.js';
import type { S3Config } from './s3-config.js';
import { askingAgain, type Retries, statusOf } from './s3-retries.js';
import { StoreUnavailable } from './store-unavailable.js';

const CONNECT_MS = 5_000;
const silence = { debug() {}, info() {}, warn() {}, error() {} };

export interface S3Options extends Retries {
  /** Longest wait for a byte in either direction, milliseconds. */
  readonly silentMs?: number;
}

/**
 * Blobs as objects of an S3-compatible bucket, which must be there. An object is sent with its length and its SHA-256
 * and the server refuses what doesn't match; files up to 5 GB, S3's limit for one request.
 *
 * @throws GraftError `usage/bucket-refused`, StoreUnavailable
 *
 * @example
 * const blobs = await openS3Blobs(s3Config('s3://graft?region=eu-central-1'));
 */
export async function openS3Blobs(config: S3Config, options: S3Options = {}): Promise<Blobs> {
  const blobs = new S3Blobs(config, options);
  try {
    await blobs.ping();
    return blobs;
  } catch (error) {
    await blobs.close();
    throw error;
  }
}

class S3Blobs implements Blobs {
  readonly #client: S3Client;
  readonly #bucket: string;
  /** '' or ends with a slash. */
  readonly #prefix: string;
  readonly #retries: Retries;

  constructor({ bucket, prefix, endpoint, region, pathStyle = false }: S3Config, options: S3Options) {
    this.#bucket = bucket;
    this.#prefix = prefix ? `${prefix}/` : '';
    this.#retries = options;
    this.#client = new S3Client({
      ...(endpoint !== undefined && { endpoint, region: 'us-east-1' }), // servers of one's own ignore the region
      ...(region !== undefined && { region }),
      forcePathStyle: pathStyle,
      maxAttempts: 1, // a file that is being sent can't be sent again by the SDK; `askingAgain` opens it anew
      requestHandler: { connectionTimeout: CONNECT_MS, socketTimeout: options.silentMs ?? 30_000 },
      logger: silence, // else it writes to the console between the lines of our log
      // The SHA-256 of `put` is checked; the SDK's own CRC of each request is more than other servers understand.
      requestChecksumCalculation: 'WHEN_REQUIRED',
      responseChecksumValidation: 'WHEN_REQUIRED',
    });
  }

  async put(key: string, path: string): Promise<void> {
    const object = this.#object(key);
    const { size } = await stat(path);
    const sha256 = Buffer.from(await fileSha256(path), 'hex').toString('base64');
    await this.#ask(async () => {
      const content = createReadStream(path);
      try {
        await this.#client.send(
          new PutObjectCommand({ ...object, Body: content, ContentLength: size, ChecksumSHA256: sha256 }),
        );
      } finally {
        content.destroy();
      }
    });
  }

  async read(key: string, range?: { readonly start: number; readonly end: number }): Promise<Readable> {
    const object = this.#object(key);
    if (range && range.end < range.start) {
      if (await this.stat(key)) return Readable.from([]);
      throw new BlobMissing(key);
    }
    const part = range && { Range: `bytes=${range.start}-${range.end}` };
    const command = new GetObjectCommand({ ...object, ...part });
    const answer = await this.#ask(() => this.#client.send(command)).catch((error: unknown) => {
      if (statusOf(error) === 404) throw new BlobMissing(key);
      if (statusOf(error) === 416) return null; // the range begins behind the end
      throw error;
    });
    return answer ? passedOn(answer.Body as Readable) : Readable.from([]);
  }

  async stat(key: string): Promise<BlobFacts | null> {
    const object = this.#object(key);
    const answer = await this.#ask(() => this.#client.send(new HeadObjectCommand(object))).catch(
      (error: unknown) => {
        if (statusOf(error) === 404) return null;
        throw error;
      },
    );
    return (
      answer && { key, bytes: answer.ContentLength ?? 0, modifiedAt: answer.LastModified?.getTime() ?? 0 }
    );
  }

  async remove(key: string): Promise<void> {
    const object = this.#object(key);
    await this.#ask(() => this.#client.send(new DeleteObjectCommand(object)));
  }

  async *list(prefix: string): AsyncGenerator<BlobFacts> {
    checkPrefix(prefix);
    const place = { Bucket: this.#bucket, Prefix: this.#prefix + prefix };
    let next: string | undefined;
    do {
      const command = new ListObjectsV2Command({ ...place, ContinuationToken: next });
      const page: ListObjectsV2CommandOutput = await this.#ask(() => this.#client.send(command));
      for (const { Key = '', Size = 0, LastModified } of page.Contents ?? []) {
        const key = Key.slice(this.#prefix.length);
        yield { key, bytes: Size, modifiedAt: LastModified?.getTime() ?? 0 };
      }
      next = page.NextContinuationToken;
    } while (next !== undefined);
  }

  async ping(): Promise<void> {
    await this.#ask(() => this.#client.send(new HeadBucketCommand({ Bucket: this.#bucket }))).catch(
      (error: unknown) => {
        if (statusOf(error) !== 404) throw error;
        throw new GraftError(
          'usage/bucket-refused',
          `Expected a bucket. Received "${this.#bucket}", which is none.`,
          { hint: 'Make it first.', cause: error },
        );
      },
    );
  }

  async close(): Promise<void> {
    this.#client.destroy();
  }

  #ask<Answer>(ask: () => Promise<Answer>): Promise<Answer> {
    return askingAgain(ask, this.#retries);
  }

  #object(key: string): { Bucket: string; Key: string } {
    checkKey(key);
    return { Bucket: this.#bucket, Key: this.#prefix + key };
  }
}

/** The same bytes; an answer that breaks off ends in StoreUnavailable, not as if it were complete. */
function passedOn(body: Readable): Readable {
  const content = new PassThrough();
  body.on('error', (error) => content.destroy(new StoreUnavailable('the bucket', error)));
  content.on('close', () => body.destroy());
  return body.pipe(content);
}
