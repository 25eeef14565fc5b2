import { mkdir } from 'node:fs/promises';
import { hostname } from 'node:os';
import { auditedRecords } from './audit.js';
import type { Config } from './config.js';
import { EvaluationStore } from './evaluations/evaluation-store.js';
import { FileStore } from './files/file-store.js';
import { UploadStore } from './files/upload-store.js';
import { Housekeeping } from './housekeeping.js';
import type { Bell } from './jobs/bell.js';
import { JobStore } from './jobs/job-store.js';
import { localBell } from './jobs/local-bell.js';
import { Worker } from './jobs/worker.js';
import { KeyStore } from './keys/key-store.js';
import type { Log } from './log.js';
import { Metrics } from './metrics.js';
import { AliasStore } from './models/alias-store.js';
import { ModelStore } from './models/model-store.js';
import { Inference } from './predictions/inference.js';
import { openScratch, type Scratch } from './scratch.js';
import type { Blobs } from './stores/blobs.js';
import { openStores, optionalPart } from './stores/open-stores.js';
import type { Records } from './stores/records.js';

/** The parts that routes and workers are made of, put together once. */
export interface Services {
  readonly config: Config;
  readonly log: Log;
  readonly records: Records;
  readonly blobs: Blobs;
  readonly scratch: Scratch;
  readonly files: FileStore;
  readonly uploads: UploadStore;
  readonly models: ModelStore;
  readonly aliases: AliasStore;
  readonly jobs: JobStore;
  readonly evaluations: EvaluationStore;
  readonly keys: KeyStore;
  readonly inference: Inference;
  readonly worker: Worker;
  readonly bell: Bell;
  readonly metrics: Metrics;
  /** Aborts when the server is about to end. */
  readonly closing: AbortSignal;
  /** Begins to end: nothing new is taken up, and jobs that run go back to the queue. */
  drain(): Promise<void>;
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
  const { blobs } = stores;
  const metrics = new Metrics();
  const counted = metrics.counting(stores.records); // for the worker, which a request may wake, but works for nobody
  const records = auditedRecords(counted);
  const scratch = await openScratch(
    data,
    database === null ? 'server' : `process-${hostname()}-${process.pid}`,
  );
  const files = new FileStore(records, blobs, config.limits);
  const uploads = new UploadStore(records, blobs, scratch.spool);
  const aliases = new AliasStore(records);
  const models = new ModelStore(records, blobs, scratch.models);
  const jobs = new JobStore(records);
  const bell = await openBell(database, log);
  const inference = new Inference(config, log);
  const worker = new Worker({ config, jobs: new JobStore(counted), files, models, scratch, log }, bell);
  if (database === null) await jobs.giveBackAll(); // the data directory is ours alone: whoever ran them is gone
  await worker.start();
  metrics.watch({ records, inference, worker });
  const housekeeping = new Housekeeping({ records: counted, blobs, scratch, config, log });
  const closing = new AbortController();
  const drain = () => {
    closing.abort();
    return worker.drain();
  };
  const close = async () => {
    await drain();
    await housekeeping.close();
    await inference.close();
    await bell.close();
    await stores.close();
    metrics.close();
  };
  const keys = new KeyStore(records);
  const evaluations = new EvaluationStore({ config, log, records, files, models, scratch });
  return {
    config,
    log,
    records,
    blobs,
    scratch,
    files,
    uploads,
    models,
    aliases,
    jobs,
    evaluations,
    keys,
    inference,
    worker,
    bell,
    metrics,
    closing: closing.signal,
    drain,
    close,
  };
}

async function openBell(database: string | null, log: Log): Promise<Bell> {
  if (database === null) return localBell();
  const { postgresBell } = await optionalPart('pg-boss', () => import('./jobs/postgres-bell.js'));
  return postgresBell(database, log);
}
