import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { type Config, defaults, type Limits } from '../../config.js';
import { FileStore } from '../../files/file-store.js';
import { createLog } from '../../log.js';
import { ModelStore } from '../../models/model-store.js';
import { openScratch } from '../../scratch.js';
import { openStores } from '../../stores/open-stores.js';
import type { Records } from '../../stores/records.js';
import { tempFolder } from '../../stores/testing/temp-folder.js';
import { writePicturesZip } from '../../testing/pictures-zip.js';
import { spool } from '../../uploads/spool.js';
import type { JobRequest, JobRow } from '../job.js';
import { JobStore } from '../job-store.js';
import type { JobSurroundings } from '../run-job.js';

/** What a job's process runs once it is built: tests that train need `tsc -b` before. */
const builtProgram = new URL('../../../dist/jobs/job-process.js', import.meta.url).href;

/** A program beside this file, in place of a job's. */
export const program = (name: string): string => new URL(name, import.meta.url).href;

/** A request for a job of about a second. */
export const tinyRequest = (trainingFile = 'file-none'): JobRequest => ({
  model: 'iconnet',
  trainingFile,
  validationFile: null,
  recipe: { wishes: { epochs: 3, seed: 7 } },
  target: null,
  task: null,
  skipBad: false,
  suffix: null,
  metadata: {},
});

export interface JobParts extends JobSurroundings {
  readonly records: Records;
  readonly data: string;
  /**
   * A queued job with data of its own.
   *
   * @param suffix what a program in place of a job's is told to do
   */
  newJob(suffix?: string): Promise<JobRow>;
}

/** All that jobs are made of, on SQLite in a folder that goes with the test. */
export async function jobParts(
  options: {
    readonly program?: string;
    readonly limits?: Partial<Limits>;
    readonly data?: string;
    readonly records?: (records: Records) => Records;
  } = {},
): Promise<JobParts> {
  const data = options.data ?? (await tempFolder());
  const stores = await openStores({ data });
  onTestFinished(() => stores.close());
  const records = options.records?.(stores.records) ?? stores.records;
  const config: Config = { ...defaults, data, limits: { ...defaults.limits, ...options.limits } };
  const scratch = await openScratch(data, 'test');
  const files = new FileStore(records, stores.blobs, config.limits);
  const jobs = new JobStore(records);
  return {
    records,
    data,
    config,
    jobs,
    files,
    models: new ModelStore(records, stores.blobs, scratch.models),
    scratch,
    log: createLog('silent'),
    program: options.program ?? builtProgram,
    newJob: async (suffix) => {
      const path = join(scratch.spool, 'photos.zip');
      await writePicturesZip(path, 4);
      const spooled = await spool(createReadStream(path), { directory: scratch.spool, maxBytes: 2 ** 20 });
      const facts = { name: 'photos.zip', purpose: 'fine-tune', type: 'application/zip' };
      const file = await files.add('ada', facts, spooled);
      await spooled.dispose();
      return jobs.create('ada', { ...tinyRequest(file.id), suffix: suffix ?? null });
    },
  };
}
