// A process that puts blob after blob, for tests that kill it. FOLDER holds its store, SOURCE is what it puts.
// Prints each key after its blob was acknowledged.
import { writeSync } from 'node:fs';
import { coreErrorsOnly } from './core-errors-only.mjs';

coreErrorsOnly();
const { openFileBlobs } = await import('../../../dist/stores/file-blobs.js');
const blobs = await openFileBlobs(process.env.FOLDER);
for (let n = 0; ; n++) {
  await blobs.put(`kill/${n}`, process.env.SOURCE);
  writeSync(1, `kill/${n}\n`);
}
