import { availableParallelism } from 'node:os';

/** How a server or worker is set up; the flags of `graft-server` fill it in. */
export interface Config {
  /** The directory that holds everything that lives on this machine. */
  readonly data: string;
  /** postgres://... ; null: SQLite in the data directory. */
  readonly database: string | null;
  /** s3://bucket?endpoint=... ; null: files in the data directory. */
  readonly bucket: string | null;
  readonly host: string;
  /** 0: any that is free. */
  readonly port: number;
  /** Names under which a client may call this server, beside those of loopback. */
  readonly hosts: readonly string[];
  /** Origins of pages that may call; none: no CORS at all. */
  readonly origins: readonly string[];
  /** Jobs that run at once in this process; 0: none, other processes work. */
  readonly jobs: number;
  readonly backend: 'auto' | 'tensorflow' | 'wasm' | 'cpu';
  /** Jobs that ended so many days ago are forgotten, their models are not; null: never. */
  readonly keepJobsDays: number | null;
  readonly limits: Limits;
  readonly predictions: PredictionSettings;
}

export interface Limits {
  /** Of one upload. */
  readonly uploadBytes: number;
  /** Of a data set, unpacked. */
  readonly datasetBytes: number;
  readonly datasetEntries: number;
  /** Of a model, unpacked. */
  readonly modelBytes: number;
  /** Of a picture sent to be predicted on. */
  readonly pictureBytes: number;
  /** A job that takes longer fails. */
  readonly jobSeconds: number;
  readonly jobMemoryMB: number;
  readonly jobDiskMB: number;
  /** Requests of one caller in a minute. */
  readonly requestsPerMinute: number;
}

export interface PredictionSettings {
  /** A request waits so long for others to share its batch; 0: no batching, answers are bit-equal to `graft predict`. */
  readonly batchMilliseconds: number;
  readonly batchSize: number;
  /** Requests that wait or run; more are answered 503. */
  readonly queue: number;
  /** Of the weights of models that each process keeps loaded. */
  readonly warmBytes: number;
  /** Inference processes at most; they start when they are needed. */
  readonly processes: number;
}

const GB = 2 ** 30;

export const defaults: Config = {
  data: 'graft-data',
  database: null,
  bucket: null,
  host: '127.0.0.1',
  port: 8900,
  hosts: [],
  origins: [],
  jobs: 1,
  backend: 'auto',
  keepJobsDays: null,
  limits: {
    uploadBytes: GB,
    datasetBytes: GB,
    datasetEntries: 100_000,
    modelBytes: GB,
    pictureBytes: 32 * 2 ** 20,
    jobSeconds: 3600,
    jobMemoryMB: 3072,
    jobDiskMB: 4096,
    requestsPerMinute: 6000,
  },
  predictions: {
    batchMilliseconds: 4,
    batchSize: 16,
    queue: 256,
    warmBytes: 512 * 2 ** 20,
    processes: Math.min(4, availableParallelism()), // each computes on one core
  },
};
