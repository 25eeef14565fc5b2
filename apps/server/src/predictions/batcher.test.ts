import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { Batcher, type BatcherOptions } from './batcher.js';

/** Answers each number with itself, and remembers the batches. */
function recording(options: Partial<BatcherOptions<number>> = {}) {
  const batches: number[][] = [];
  const batcher = new Batcher<number>({
    batchSize: 4,
    milliseconds: 20,
    run: async (inputs) => {
      batches.push([...inputs]);
      await sleep(5);
      return inputs.map((input) => Float32Array.of(input));
    },
    ...options,
  });
  const addAll = (inputs: readonly number[]) =>
    Promise.all(inputs.map(async (input) => (await batcher.add(input))[0]));
  return { batches, batcher, addAll };
}

describe('Batcher', () => {
  it('runs what comes together as one batch, in order, each answered with its own', async () => {
    const { batches, addAll } = recording();
    expect(await addAll([1, 2, 3])).toEqual([1, 2, 3]);
    expect(batches).toEqual([[1, 2, 3]]);
  });

  it('never runs more at once than a batch holds, and a full one without waiting', async () => {
    const { batches, addAll } = recording({ milliseconds: 60_000 });
    expect(await addAll([1, 2, 3, 4, 5, 6, 7, 8])).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    expect(batches).toEqual([
      [1, 2, 3, 4],
      [5, 6, 7, 8],
    ]);
  });

  it('gathers the next batch while one runs', async () => {
    const { batches, batcher } = recording();
    const first = batcher.add(1);
    await sleep(22);
    await Promise.all([first, batcher.add(2), batcher.add(3)]);
    expect(batches).toEqual([[1], [2, 3]]);
  });

  it('runs one after the other without a budget', async () => {
    const { batches, addAll } = recording({ milliseconds: 0 });
    await addAll([1, 2, 3]);
    expect(batches).toEqual([[1], [2], [3]]);
  });

  it('fails those of one batch, and goes on', async () => {
    let fails = true;
    const { addAll, batcher } = recording({
      run: async (inputs) => {
        if (fails) throw new Error('no');
        return inputs.map((input) => Float32Array.of(input));
      },
    });
    const results = await Promise.allSettled([batcher.add(1), batcher.add(2)]);
    expect(results.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    fails = false;
    expect(await addAll([3])).toEqual([3]);
  });
});
