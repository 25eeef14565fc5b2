import type { Row } from '../stores/records.js';

/** One file of a model, by what it holds. */
export interface ModelFile {
  readonly name: string;
  readonly bytes: number;
  readonly sha256: string;
}

/** A model that somebody uploaded or a job made. It never changes; names such as `production` move from one to another. */
export interface Model {
  readonly files: readonly ModelFile[];
  readonly bytes: number;
  /** SHA-256 over names and contents of the files. */
  readonly hash: string;
  readonly task: string | null;
  readonly labels: readonly string[] | null;
  /** Where it came from; null: uploaded. */
  readonly source: { readonly model: string; readonly job: string } | null;
  /** Of a run, what `graft tune` says of its weights. */
  readonly weightsHash: string | null;
  readonly tags: Readonly<Record<string, string>>;
}

export type ModelRow = Row<Model>;

/** A second name for a model. */
export interface Alias {
  readonly model: string;
}

/** A model as files of this machine, ready to be loaded. */
export interface LocalModel {
  /** Its own name, also where an alias was asked for. */
  readonly name: string;
  /** Equal for equal contents. */
  readonly key: string;
  /** What `openModel` takes. */
  readonly place: string;
}

export const modelBlob = (sha256: string): string => `models/${sha256}`;
