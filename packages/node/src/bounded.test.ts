import { describe, expect, it } from 'vitest';
import { createLimit, forEachBounded } from './bounded.js';

/** Work that notes how much of it runs at once. */
function counted() {
  const seen = { running: 0, most: 0, done: 0 };
  const work = async (fail = false): Promise<void> => {
    seen.most = Math.max(seen.most, ++seen.running);
    await new Promise((resolve) => setTimeout(resolve, 1));
    seen.running--;
    seen.done++;
    if (fail) throw new Error('no');
  };
  return { seen, work };
}

describe('createLimit', () => {
  it('runs at most so much at once, and goes on after errors', async () => {
    const { seen, work } = counted();
    const limit = createLimit(3);
    const results = await Promise.allSettled(
      Array.from({ length: 20 }, (_, i) => limit(() => work(i % 4 === 0))),
    );
    expect(seen).toEqual({ running: 0, most: 3, done: 20 });
    expect(results.filter(({ status }) => status === 'rejected')).toHaveLength(5);
    await limit(() => work());
    expect(seen.most).toBe(3);
  });
});

describe('forEachBounded', () => {
  it('visits every index once', async () => {
    const { seen, work } = counted();
    const visited: number[] = [];
    await forEachBounded(50, 4, undefined, async (index) => {
      visited.push(index);
      await work();
    });
    expect(visited.sort((a, b) => a - b)).toEqual(Array.from({ length: 50 }, (_, i) => i));
    expect(seen.most).toBe(4);
    await forEachBounded(0, 4, undefined, () => Promise.reject(new Error('never called')));
  });

  it('ends with the first error and with an abort', async () => {
    const { seen, work } = counted();
    await expect(forEachBounded(1000, 2, undefined, (index) => work(index === 5))).rejects.toThrow('no');
    expect(seen.done).toBeLessThan(10);
    const controller = new AbortController();
    const aborted = forEachBounded(1000, 2, controller.signal, async (index) => {
      if (index === 5) controller.abort();
      await work();
    });
    await expect(aborted).rejects.toMatchObject({ name: 'AbortError' });
  });
});
