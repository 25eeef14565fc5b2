import { createWriteStream } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { Limits } from '../config.js';
import { Problem } from '../http/problem.js';
import { newId, randomText } from '../ids.js';
import type { Blobs } from '../stores/blobs.js';
import type { Change, Records, Row, RowPage } from '../stores/records.js';
import { type DatasetManifest, datasetManifest } from '../uploads/dataset-manifest.js';
import { extractZip } from '../uploads/extract-zip.js';
import type { Spooled } from '../uploads/spool.js';

/** An uploaded data set: a zip of labelled folders, or a CSV table. */
export interface DataFile {
  readonly name: string;
  readonly purpose: string;
  readonly bytes: number;
  readonly sha256: string;
  readonly manifest: DatasetManifest;
}

export type FileRow = Row<DataFile>;

export const fileBlob = (sha256: string): string => `files/${sha256}`;

/** Data sets of the tenants; the bytes of equal ones are kept once. */
export class FileStore {
  readonly #records: Records;
  readonly #blobs: Blobs;
  readonly #limits: Limits;

  constructor(records: Records, blobs: Blobs, limits: Limits) {
    this.#records = records;
    this.#blobs = blobs;
    this.#limits = limits;
  }

  /**
   * Checks what was uploaded and keeps it. The spooled file stays the caller's.
   *
   * @param alongside made in the same commit, from the new row's id
   * @throws GraftError `data/*` for what is no data set
   */
  async add(
    tenant: string,
    {
      name,
      purpose,
      type,
    }: { readonly name: string; readonly purpose: string; readonly type: string | null },
    { path, bytes, sha256 }: Spooled,
    alongside: (id: string) => readonly Change[] = () => [],
  ): Promise<FileRow> {
    const manifest = await datasetManifest(path, name, type, this.#archiveLimits());
    await this.#blobs.put(fileBlob(sha256), path);
    const id = newId('file');
    const body: DataFile = { name, purpose, bytes, sha256, manifest };
    const [row] = await this.#records.commit([
      { type: 'create', key: { kind: 'file', tenant, id }, state: purpose, body },
      ...alongside(id),
    ]);
    return row as FileRow;
  }

  find(tenant: string, id: string): Promise<FileRow | null> {
    return this.#records.get<DataFile>({ kind: 'file', tenant, id });
  }

  /** @throws Problem 404 */
  async get(tenant: string, id: string, field = 'file'): Promise<FileRow> {
    const row = await this.find(tenant, id);
    if (!row)
      throw new Problem(404, 'not-found', `Expected a file. Received "${id}", which is none.`, { field });
    return row;
  }

  list(tenant: string, page: RowPage): Promise<FileRow[]> {
    return this.#records.list<DataFile>({ kind: 'file', tenant }, page);
  }

  read({ body }: FileRow) {
    return this.#blobs.read(fileBlob(body.sha256));
  }

  /** Bytes that nobody refers to any more go with the next clean-up. */
  async remove({ kind, tenant, id, version }: FileRow): Promise<void> {
    await this.#records.commit([{ type: 'remove', key: { kind, tenant, id }, ifVersion: version }]);
  }

  /**
   * Lays a job's data out as `readData` takes it.
   *
   * @param into a directory that is not there yet
   * @returns a folder of labelled folders, or a CSV table
   */
  async unpack(tenant: string, training: string, validation: string | null, into: string): Promise<string> {
    const train = await this.get(tenant, training, 'training_file');
    await rm(into, { recursive: true, force: true }); // of a try that was cut short
    if (validation === null) return this.#unpackOne(train, into);
    const held = await this.get(tenant, validation, 'validation_file');
    if (train.body.manifest.format !== 'zip' || held.body.manifest.format !== 'zip') {
      throw new Problem(
        422,
        'validation-file',
        'Expected two zip files of labelled folders. Received a table.',
        {
          field: 'validation_file',
          hint: 'Of a table, a share of the rows is held out: say how much with options.validation.',
        },
      );
    }
    await mkdir(into);
    for (const [part, row] of [
      ['train', train],
      ['validation', held],
    ] as const) {
      const folder = await this.#unpackOne(row, join(into, `${part}.zip`));
      await rename(folder, join(into, part));
      await rm(join(into, `${part}.zip`), { recursive: true, force: true });
    }
    return into;
  }

  async #unpackOne({ body }: FileRow, into: string): Promise<string> {
    const spooled = `${into}.${randomText(6)}`;
    try {
      await pipeline(
        await this.#blobs.read(fileBlob(body.sha256)),
        createWriteStream(spooled, { flags: 'wx' }),
      );
      if (body.manifest.format === 'zip') {
        await extractZip(spooled, into, this.#archiveLimits());
        return join(into, body.manifest.root);
      }
      await mkdir(into);
      await rename(spooled, join(into, 'data.csv'));
      return join(into, 'data.csv');
    } finally {
      await rm(spooled, { force: true });
    }
  }

  #archiveLimits() {
    return { entries: this.#limits.datasetEntries, bytes: this.#limits.datasetBytes, ratio: 200 };
  }
}
