import { createWriteStream } from 'node:fs';
import { mkdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { randomText } from '../ids.js';
import type { Blobs } from '../stores/blobs.js';
import { type Model, modelBlob } from './model.js';

/** Models as directories of this machine: fetched when they are first needed, each by one request only. */
export class LocalModels {
  readonly #blobs: Blobs;
  readonly #folder: string;
  readonly #coming = new Map<string, Promise<string>>();

  constructor(blobs: Blobs, folder: string) {
    this.#blobs = blobs;
    this.#folder = folder;
  }

  /** The directory of a model. */
  place(model: Pick<Model, 'hash' | 'files'>): Promise<string> {
    const coming = this.#coming.get(model.hash) ?? this.#fetch(model);
    this.#coming.set(model.hash, coming);
    coming.catch(() => this.#coming.delete(model.hash));
    return coming;
  }

  async #fetch({ hash, files }: Pick<Model, 'hash' | 'files'>): Promise<string> {
    const place = join(this.#folder, hash);
    if (await stat(place).catch(() => null)) return place;
    const unfinished = `${place}.${randomText(6)}`;
    await mkdir(unfinished);
    try {
      for (const file of files) {
        const stream = await this.#blobs.read(modelBlob(file.sha256));
        await pipeline(stream, createWriteStream(join(unfinished, file.name), { flags: 'wx' }));
      }
      await rename(unfinished, place);
    } catch (error) {
      await rm(unfinished, { recursive: true, force: true });
      throw error;
    }
    return place;
  }
}
