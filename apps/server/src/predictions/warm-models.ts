import { type PretrainedModel, predictValues } from '@graft/core';
import { openModel } from '@graft/node';
import { dispose, type Tensor } from '@tensorflow/tfjs-core';
import type { LocalModel } from '../models/model.js';
import { Batcher } from './batcher.js';
import type { InferenceSetup } from './protocol.js';

/** A loaded model that answers. */
export interface WarmModel {
  readonly pretrained: PretrainedModel;
  /** One input without a batch dimension, which it disposes, to one row of outputs. */
  readonly batcher: Batcher<Tensor>;
}

interface Entry {
  readonly warm: Promise<WarmModel>;
  bytes: number;
  users: number;
}

/** Models that are kept loaded: the least recently used go when their weights take more than `warmBytes`. */
export class WarmModels {
  readonly #setup: InferenceSetup;
  /** In the order of their last use. */
  readonly #entries = new Map<string, Entry>();

  constructor(setup: InferenceSetup) {
    this.#setup = setup;
  }

  /** Keeps the model in memory while `work` runs. */
  async with<T>(model: LocalModel, work: (warm: WarmModel) => Promise<T>): Promise<T> {
    const entry = this.#entries.get(model.key) ?? this.#load(model);
    this.#entries.delete(model.key);
    this.#entries.set(model.key, entry);
    entry.users++;
    try {
      return await work(await entry.warm);
    } finally {
      entry.users--;
      await this.#evict();
    }
  }

  #load({ key, place }: LocalModel): Entry {
    const warm = openModel(place).then(({ pretrained }) => ({
      pretrained,
      batcher: this.#batcher(pretrained),
    }));
    const entry: Entry = { warm, bytes: 0, users: 0 };
    warm.then(
      ({ pretrained }) => {
        entry.bytes = pretrained.model.countParams() * 4; // float32
      },
      () => this.#entries.delete(key),
    );
    return entry;
  }

  #batcher(pretrained: PretrainedModel): Batcher<Tensor> {
    const { batchSize, batchMilliseconds: milliseconds } = this.#setup;
    return new Batcher<Tensor>({
      batchSize,
      milliseconds,
      run: async (inputs) => {
        try {
          const dataset = {
            size: inputs.length,
            input: (index: number) => (inputs[index] as Tensor).clone(),
          };
          const values = Float32Array.from(
            await predictValues(pretrained, dataset, { batchSize: inputs.length }),
          );
          const units = values.length / inputs.length;
          return inputs.map((_, index) => values.subarray(index * units, (index + 1) * units));
        } finally {
          dispose([...inputs]);
        }
      },
    });
  }

  async #evict(): Promise<void> {
    let total = [...this.#entries.values()].reduce((sum, { bytes }) => sum + bytes, 0);
    for (const [key, entry] of this.#entries) {
      if (total <= this.#setup.warmBytes) return;
      if (entry.users > 0) continue;
      this.#entries.delete(key);
      total -= entry.bytes;
      const { pretrained } = await entry.warm;
      pretrained.model.dispose();
    }
  }
}
