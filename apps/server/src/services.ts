import { mkdir } from 'node:fs/promises';
import type { Config } from './config.js';
import { FileStore } from './files/file-store.js';
import { JobStore } from './jobs/job-store.js';
import { localBell } from './jobs/local-bell.js';
import { type Bell, Worker } from './jobs/worker.js';
import { KeyStore } from './keys/key-store.js';
import type { Log } from './log.js';
import { ModelStore } from './models/model-store.js';
import { Inference } from './predictions/inference.js';
import { openScratch, type Scratch } from './scratch.js';
import type { Blobs } from './stores/blobs.js';
import { openStores } from './stores/open-stores.js';
import type { Records } from './stores/records.js';

/** The parts that routes and workers are made of, put together once. */
export interface Services {
  readonly config: Config;
  readonly log: Log;
  readonly records: Records;
  readonly blobs: Blobs;
  readonly scratch: Scratch;
  readonly files: FileStore;
  readonly models: ModelStore;
  readonly jobs: JobStore;
  readonly keys: KeyStore;
  readonly inference: Inference;
  readonly worker: Worker;
  readonly bell: Bell;
  /** Lets go of everything; jobs that run go back to the queue. */
  close(): Promise<void>;
}

/**
 * Opens the stores and starts the worker.
 *
 * @throws GraftError as `openStores`
 */
export async function openServices(config: Config, log: Log): Promise<Services> {
  await mkdir(config.data, { recursive: true, mode: 0o700 });
  const { data, database, bucket } = config;
  const stores = await openStores({ data, ...(database && { database }), ...(bucket && { bucket }) });
  const { records, blobs } = stores;
  const scratch = await openScratch(data, database === null ? 'server' : `process-${process.pid}`);
  const files = new FileStore(records, blobs, config.limits);
  const models = new ModelStore(records, blobs, scratch.models);
  const jobs = new JobStore(records);
  const bell = localBell();
  const inference = new Inference(config, log);
  const worker = new Worker({ config, jobs, files, models, scratch, log }, bell);
  if (database === null) await jobs.reclaim({ now: true }); // the data directory is ours alone: whoever ran them is gone
  await worker.start();
  const close = async () => {
    await worker.drain();
    await inference.close();
    await stores.close();
  };
  const keys = new KeyStore(records);
  return { config, log, records, blobs, scratch, files, models, jobs, keys, inference, worker, bell, close };
}
