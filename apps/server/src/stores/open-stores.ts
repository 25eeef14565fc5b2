import { join } from 'node:path';
import { GraftError } from '@graft/core';
import type { Blobs } from './blobs.js';
import { openFileBlobs } from './file-blobs.js';
import type { Records } from './records.js';
import { type S3Config, s3Config } from './s3-config.js';
import { openSqliteRecords } from './sqlite-records.js';

export interface StoreOptions {
  /** The directory of rows and blobs that are kept on this machine. */
  readonly data: string;
  /** `postgres://...`: rows are kept there, and any number of servers may share them. */
  readonly database?: string;
  /** `s3://...` (see `s3Config`) or its parts: blobs are kept there. */
  readonly bucket?: string | S3Config;
}

export interface Stores {
  readonly records: Records;
  readonly blobs: Blobs;
  close(): Promise<void>;
}

/**
 * Opens where the server keeps its rows and blobs: SQLite and files below `data`, or PostgreSQL, or an S3 bucket.
 *
 * @throws GraftError `usage/data-in-use`, `usage/package-missing`, `usage/bucket`, `usage/database-refused` and what else
 *   the stores refuse at their start; StoreUnavailable
 *
 * @example
 * const { records, blobs, close } = await openStores({ data: 'data' });
 */
export async function openStores({ data, database, bucket }: StoreOptions): Promise<Stores> {
  const config = typeof bucket === 'string' ? s3Config(bucket) : bucket;
  const records = await openRecords(data, database);
  try {
    const blobs = await openBlobs(data, config, database === undefined);
    const close = async () => {
      await blobs.close();
      await records.close();
    };
    return { records, blobs, close };
  } catch (error) {
    await records.close();
    throw error;
  }
}

async function openRecords(data: string, database: string | undefined): Promise<Records> {
  if (database === undefined) return openSqliteRecords(data);
  const { openPostgresRecords } = await optionalPart('pg', () => import('./postgres-records.js'));
  return openPostgresRecords(database);
}

async function openBlobs(data: string, config: S3Config | undefined, alone: boolean): Promise<Blobs> {
  if (!config) return openFileBlobs(join(data, 'blobs'), { alone });
  const { openS3Blobs } = await optionalPart('@aws-sdk/client-s3', () => import('./s3-blobs.js'));
  return openS3Blobs(config);
}

/** @throws GraftError `usage/package-missing` where the package that a module needs is not installed */
export async function optionalPart<Part>(packageName: string, load: () => Promise<Part>): Promise<Part> {
  try {
    return await load();
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code !== 'ERR_MODULE_NOT_FOUND' || !message.includes(`'${packageName}'`)) throw error;
    throw new GraftError(
      'usage/package-missing',
      `Expected the package "${packageName}". It isn't installed here.`,
      {
        hint: 'Add it beside the server, or leave this store out.',
        details: { package: packageName },
        cause: error,
      },
    );
  }
}
