import { type DataFile, fileBlob } from './files/file-store.js';
import type { Upload } from './files/upload-store.js';
import { type Model, modelBlob } from './models/model.js';
import type { Row } from './stores/records.js';

type Named = Pick<Row, 'state' | 'body'>;

/**
 * Which blobs the rows of each kind need: what is not named here is removed by housekeeping and left out of backups.
 * Kinds that need none are listed too, so that a test can tell when one is missing.
 */
export const blobReferences: Readonly<Record<string, (row: Named) => readonly string[]>> = {
  file: ({ body }) => [fileBlob((body as DataFile).sha256)],
  model: ({ body }) => (body as Model).files.map(({ sha256 }) => modelBlob(sha256)),
  // Of one that is done, the pieces have become a file and are removed.
  upload: ({ body, state }) => (state === 'open' ? (body as Upload).pieces.map(({ key }) => key) : []),
  job: () => [],
  evaluation: () => [],
  alias: () => [],
  key: () => [],
  origin: () => [],
  idempotency: () => [],
};
