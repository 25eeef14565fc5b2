import { type Dataset, type PretrainedModel, predictValues } from '@graft/core';
import { openModel } from '@graft/node';
import { tensor } from '@tensorflow/tfjs-core';
import type { LocalModel } from '../models/model.js';
import { Batcher } from './batcher.js';
import type { Example } from './example.js';
import type { InferenceSetup } from './protocol.js';

/** A loaded model that answers. */
export interface WarmModel {
  readonly pretrained: PretrainedModel;
  /** One example to one row of outputs. */
  readonly batcher: Batcher<Example>;
}

interface Entry {
  readonly warm: Promise<WarmModel>;
  /** Of its weights; 0 until it is loaded. */
  bytes: number;
  users: number;
}

/**
 * Models that are kept loaded: the least recently used go when their weights take more than `warmBytes`, but none
 * that answers at the moment.
 *
 * @example
 * const outputs = await models.with(model, ({ batcher }) => batcher.add(example));
 */
export class WarmModels {
  readonly #setup: Pick<InferenceSetup, 'batchSize' | 'batchMilliseconds' | 'warmBytes'>;
  readonly #open: (place: string) => Promise<PretrainedModel>;
  /** In the order of their last use. */
  readonly #entries = new Map<string, Entry>();

  constructor(
    setup: Pick<InferenceSetup, 'batchSize' | 'batchMilliseconds' | 'warmBytes'>,
    open = async (place: string) => (await openModel(place)).pretrained,
  ) {
    this.#setup = setup;
    this.#open = open;
  }

  /**
   * Keeps the model in memory while `work` runs.
   *
   * @throws GraftError `model/*` for one that can't be loaded; the next use tries again
   */
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
    const warm = this.#open(place).then((pretrained) => ({
      pretrained,
      batcher: new Batcher<Example>({
        batchSize: this.#setup.batchSize,
        milliseconds: this.#setup.batchMilliseconds,
        run: (examples) => outputsOf(pretrained, examples),
      }),
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

  async #evict(): Promise<void> {
    let total = [...this.#entries.values()].reduce((sum, { bytes }) => sum + bytes, 0);
    const gone: Entry[] = [];
    for (const [key, entry] of this.#entries) {
      if (total <= this.#setup.warmBytes) break;
      if (entry.users > 0) continue;
      this.#entries.delete(key);
      total -= entry.bytes;
      gone.push(entry);
    }
    for (const { warm } of gone) (await warm).pretrained.dispose();
  }
}

/** Runs those of one shape together; a model of open size may be sent several shapes. */
async function outputsOf(
  pretrained: PretrainedModel,
  examples: readonly Example[],
): Promise<readonly Float32Array[]> {
  const byShape = new Map<string, Example[]>();
  for (const example of examples) {
    const shape = example.shape.join();
    byShape.set(shape, [...(byShape.get(shape) ?? []), example]);
  }
  const outputs = new Map<Example, Float32Array>();
  for (const group of byShape.values()) {
    const values = Float32Array.from(
      await predictValues(pretrained, datasetOf(group), { batchSize: group.length }),
    );
    const units = values.length / group.length;
    for (const [index, example] of group.entries()) {
      outputs.set(example, values.subarray(index * units, (index + 1) * units));
    }
  }
  return examples.map((example) => outputs.get(example) as Float32Array);
}

function datasetOf(examples: readonly Example[]): Pick<Dataset, 'size' | 'input'> {
  return {
    size: examples.length,
    input: (index) => {
      const { values, shape } = examples[index] as Example;
      return tensor(values, [...shape], 'float32');
    },
  };
}
