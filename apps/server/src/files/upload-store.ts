import { createWriteStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { Problem } from '../http/problem.js';
import { newId, randomText } from '../ids.js';
import { fileSha256 } from '../models/file-hash.js';
import type { Blobs } from '../stores/blobs.js';
import type { Records, Row } from '../stores/records.js';
import type { Spooled } from '../uploads/spool.js';

/** An upload that comes in pieces, to be gone on with after a lost connection. */
export interface Upload {
  readonly name: string;
  /** Of the whole. */
  readonly bytes: number;
  /** What the whole must be; null: the client did not say. */
  readonly sha256: string | null;
  readonly pieces: readonly { readonly key: string; readonly bytes: number }[];
  /** The file that it became; null while pieces are missing. */
  readonly file: string | null;
}

export type UploadRow = Row<Upload>;

export const receivedBytes = ({ pieces }: Upload): number =>
  pieces.reduce((sum, { bytes }) => sum + bytes, 0);

/** Uploads in pieces: every piece is durable when it was answered, whichever server took it. */
export class UploadStore {
  readonly #records: Records;
  readonly #blobs: Blobs;
  readonly #spool: string;

  constructor(records: Records, blobs: Blobs, spool: string) {
    this.#records = records;
    this.#blobs = blobs;
    this.#spool = spool;
  }

  async create(
    tenant: string,
    { name, bytes, sha256 }: Pick<Upload, 'name' | 'bytes' | 'sha256'>,
  ): Promise<UploadRow> {
    const body: Upload = { name, bytes, sha256, pieces: [], file: null };
    const key = { kind: 'upload', tenant, id: newId('upload') };
    const [row] = await this.#records.commit([{ type: 'create', key, state: 'open', body }]);
    return row as UploadRow;
  }

  /** @throws Problem 404 */
  async get(tenant: string, id: string): Promise<UploadRow> {
    const row = await this.#records.get<Upload>({ kind: 'upload', tenant, id });
    if (!row)
      throw new Problem(404, 'not-found', `Expected an upload. Received "${id}", which is none.`, {
        field: 'upload',
      });
    return row;
  }

  /** Adds the piece that follows what is there. */
  async append(row: UploadRow, { path, bytes }: Spooled): Promise<UploadRow> {
    const { kind, tenant, id, version, body } = row;
    const blob = `uploads/${id}/${body.pieces.length}-${randomText(8)}`;
    await this.#blobs.put(blob, path);
    const pieces = [...body.pieces, { key: blob, bytes }];
    const [changed] = await this.#records.commit([
      {
        type: 'update',
        key: { kind, tenant, id },
        ifVersion: version,
        state: row.state,
        body: { ...body, pieces },
      },
    ]);
    return changed as UploadRow;
  }

  /**
   * The whole as one local file, which the caller disposes of.
   *
   * @throws Problem 422 if it is not what the client said
   */
  async assemble({ body }: UploadRow): Promise<Spooled> {
    const path = join(this.#spool, `whole-${randomText(16)}`);
    const dispose = () => rm(path, { force: true });
    try {
      for (const { key } of body.pieces) {
        await pipeline(await this.#blobs.read(key), createWriteStream(path, { flags: 'a' }));
      }
      const sha256 = await fileSha256(path);
      if (body.sha256 !== null && body.sha256 !== sha256) {
        throw new Problem(
          422,
          'checksum',
          `Expected bytes with the SHA-256 ${body.sha256}. Received ${sha256}.`,
          {
            field: 'sha256',
            hint: 'Start a new upload.',
          },
        );
      }
      return { path, bytes: body.bytes, sha256, dispose };
    } catch (error) {
      await dispose();
      throw error;
    }
  }

  /** The upload has become a file: its pieces are no longer needed. */
  async finish({ kind, tenant, id, version, body }: UploadRow, file: string): Promise<UploadRow> {
    const [row] = await this.#records.commit([
      {
        type: 'update',
        key: { kind, tenant, id },
        ifVersion: version,
        state: 'done',
        body: { ...body, file },
      },
    ]);
    for (const { key } of body.pieces) await this.#blobs.remove(key);
    return row as UploadRow;
  }
}
