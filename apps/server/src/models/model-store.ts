import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { type RunRecord, sha256 } from '@graft/core';
import { builtInModels, readRunRecord } from '@graft/node';
import { Problem } from '../http/problem.js';
import type { JobRequest } from '../jobs/job.js';
import type { Blobs } from '../stores/blobs.js';
import type { Change, Records, RowPage } from '../stores/records.js';
import { fileSha256 } from './file-hash.js';
import { LocalModels } from './local-models.js';
import { type Alias, type LocalModel, type Model, type ModelFile, type ModelRow, modelBlob } from './model.js';

/** Models of the tenants, and the built-in ones that all may use. */
export class ModelStore {
  readonly #records: Records;
  readonly #blobs: Blobs;
  readonly #locals: LocalModels;
  #builtIn: Promise<readonly string[]> | null = null;

  constructor(records: Records, blobs: Blobs, localFolder: string) {
    this.#records = records;
    this.#blobs = blobs;
    this.#locals = new LocalModels(blobs, localFolder);
  }

  builtIn(): Promise<readonly string[]> {
    this.#builtIn ??= builtInModels().then((models) => models.map(({ name }) => name));
    return this.#builtIn;
  }

  /**
   * @param reference a model's name or an alias
   * @throws Problem 404
   */
  async get(tenant: string, reference: string, field = 'model'): Promise<ModelRow> {
    const row = await this.#find(tenant, reference);
    if (row) return row;
    const known = await this.builtIn();
    throw new Problem(404, 'model/unknown', `Expected a model of yours or one of ${known.join(', ')}. Received "${reference}".`, {
      field,
      hint: 'GET /api/models lists them.',
    });
  }

  /**
   * A model as files of this machine.
   *
   * @throws Problem 404
   */
  async local(tenant: string, reference: string, field = 'model'): Promise<LocalModel> {
    const row = await this.#find(tenant, reference);
    if (row) return { name: row.id, key: row.body.hash, place: await this.#locals.place(row.body) };
    if ((await this.builtIn()).includes(reference)) {
      return { name: reference, key: `built-in/${reference}`, place: reference };
    }
    await this.get(tenant, reference, field); // which says what there is
    throw new Error('unreachable');
  }

  /** @throws Problem 404 for a model that is neither the tenant's nor built in */
  async check(tenant: string, reference: string, field = 'model'): Promise<void> {
    if (!(await this.builtIn()).includes(reference)) await this.get(tenant, reference, field);
  }

  find(tenant: string, name: string): Promise<ModelRow | null> {
    return this.#records.get<Model>({ kind: 'model', tenant, id: name });
  }

  /** Whether a model has this name; aliases don't count. */
  async isName(tenant: string, name: string): Promise<boolean> {
    return (await this.builtIn()).includes(name) || (await this.find(tenant, name)) !== null;
  }

  list(tenant: string, page: RowPage): Promise<ModelRow[]> {
    return this.#records.list<Model>({ kind: 'model', tenant }, page);
  }

  read(file: ModelFile) {
    return this.#blobs.read(modelBlob(file.sha256));
  }

  /**
   * Keeps the files of a directory.
   *
   * @returns the change that makes them a model, for the caller to commit
   */
  async store(
    tenant: string,
    name: string,
    directory: string,
    { source, tags = {} }: Pick<Model, 'source'> & { readonly tags?: Model['tags'] },
  ): Promise<Change & { type: 'create' }> {
    const files: ModelFile[] = [];
    for (const file of (await readdir(directory)).sort()) {
      const path = join(directory, file);
      const hash = await fileSha256(path);
      await this.#blobs.put(modelBlob(hash), path);
      files.push({ name: file, bytes: (await stat(path)).size, sha256: hash });
    }
    const record = files.some((file) => file.name === 'run.json') ? await readRunRecord(directory) : null;
    const body: Model = { ...contents(files), ...facts(record), source, tags, hash: await hashOf(files) };
    return { type: 'create', key: { kind: 'model', tenant, id: name }, state: null, body };
  }

  /** A name that tells what it is, and that no other job's model has. */
  nameFor({ model, suffix }: JobRequest, jobId: string): string {
    return `${(suffix ?? model).slice(0, 40).replace(/-+$/, '')}-${jobId.slice(-8)}`;
  }

  async change(row: ModelRow, tags: Model['tags']): Promise<ModelRow> {
    const { kind, tenant, id, version } = row;
    const body = { ...row.body, tags };
    const [changed] = await this.#records.commit([
      { type: 'update', key: { kind, tenant, id }, ifVersion: version, state: row.state, body },
    ]);
    return changed as ModelRow;
  }

  async remove({ kind, tenant, id, version }: ModelRow): Promise<void> {
    await this.#records.commit([{ type: 'remove', key: { kind, tenant, id }, ifVersion: version }]);
  }

  async #find(tenant: string, reference: string): Promise<ModelRow | null> {
    const direct = await this.find(tenant, reference);
    if (direct) return direct;
    const alias = await this.#records.get<Alias>({ kind: 'alias', tenant, id: reference });
    return alias && this.#records.get<Model>({ kind: 'model', tenant, id: alias.body.model });
  }
}

function contents(files: readonly ModelFile[]): Pick<Model, 'files' | 'bytes'> {
  return { files, bytes: files.reduce((sum, { bytes }) => sum + bytes, 0) };
}

function facts(record: RunRecord | null): Pick<Model, 'task' | 'labels' | 'weightsHash'> {
  return {
    task: record?.recipe.task ?? null,
    labels: record?.labels ?? null,
    weightsHash: record?.weightsHash ?? null,
  };
}

function hashOf(files: readonly ModelFile[]): Promise<string> {
  return sha256(new TextEncoder().encode(JSON.stringify(files)));
}
