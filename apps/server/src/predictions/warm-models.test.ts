import { loadPretrained, type PretrainedModel, useBackend } from '@graft/core';
import { io, memory } from '@tensorflow/tfjs-core';
import { layers, sequential } from '@tensorflow/tfjs-layers';
import { beforeAll, describe, expect, it } from 'vitest';
import type { LocalModel } from '../models/model.js';
import { WarmModels } from './warm-models.js';

beforeAll(async () => {
  const load = async () => (await import('@tensorflow/tfjs-backend-cpu')).version_cpu;
  await useBackend([{ name: 'cpu', load }]);
});

/** 4 weights and 2 biases: 24 bytes. */
const modelBytes = 24;

async function open(place: string): Promise<PretrainedModel> {
  if (place === 'broken') throw new Error('broken');
  const model = sequential({ layers: [layers.dense({ inputShape: [2], units: 2 })] });
  let artifacts: io.ModelArtifacts | null = null;
  await model.save(
    io.withSaveHandler(async (saved) => {
      artifacts = saved;
      return { modelArtifactsInfo: io.getModelArtifactsInfoForJSON(saved) };
    }),
  );
  model.dispose();
  return loadPretrained({ load: async () => artifacts as unknown as io.ModelArtifacts }, { name: place });
}

const local = (key: string): LocalModel => ({ name: key, key, place: key });

function warmModels(models: number) {
  const opened: string[] = [];
  const disposed: string[] = [];
  const warm = new WarmModels(
    { batchSize: 4, batchMilliseconds: 0, warmBytes: models * modelBytes },
    async (place) => {
      opened.push(place);
      const pretrained = await open(place);
      return {
        ...pretrained,
        dispose: () => {
          disposed.push(place);
          pretrained.dispose();
        },
      };
    },
  );
  const use = (key: string) => warm.with(local(key), async () => {});
  return { warm, opened, disposed, use };
}

describe('WarmModels', () => {
  it('keeps the models that were used last, by the bytes of their weights', async () => {
    const { use, opened, disposed } = warmModels(2);
    for (const key of ['a', 'b', 'a', 'c', 'a', 'b']) await use(key);
    expect(opened).toEqual(['a', 'b', 'c', 'b']);
    expect(disposed).toEqual(['b', 'c']);
  });

  it('loads one once, however many ask at once', async () => {
    const { use, opened } = warmModels(1);
    await Promise.all([use('a'), use('a'), use('a')]);
    expect(opened).toEqual(['a']);
  });

  it('keeps one in use, also where there is no room, and answers with it', async () => {
    const { warm, use, disposed } = warmModels(1);
    const example = { shape: [2], values: Float32Array.of(1, 2) };
    const outputs = await warm.with(local('a'), async ({ batcher }) => {
      await use('b');
      await use('c');
      expect(disposed).toEqual(['b', 'c']);
      return batcher.add(example);
    });
    expect(outputs).toHaveLength(2);
  });

  it('tries one that could not be loaded again', async () => {
    const { use, opened } = warmModels(1);
    await expect(use('broken')).rejects.toThrow('broken');
    await expect(use('broken')).rejects.toThrow('broken');
    expect(opened).toEqual(['broken', 'broken']);
  });

  it('leaves no tensor behind', async () => {
    const { warm, use } = warmModels(1);
    await use('a');
    const before = memory().numTensors;
    const values = Float32Array.of(1, 2);
    await warm.with(local('a'), async ({ batcher }) => {
      await Promise.all([batcher.add({ shape: [2], values }), batcher.add({ shape: [2], values })]);
      await expect(batcher.add({ shape: [3], values })).rejects.toThrow();
    });
    expect(memory().numTensors).toBe(before);
    await use('b');
    expect(memory().numTensors).toBe(before);
  });
});
