import { expect, test } from 'vitest';
import type { Change, Records } from '../records.js';
import { newKind } from './row-changes.js';

/** Streams that only grow. */
export function describeHistory(current: () => Records): void {
  const append = (stream: string, ...entries: unknown[]): Change => ({ type: 'append', stream, entries });

  test('numbers the entries of each stream from 1', async () => {
    const [one, two] = [newKind(), newKind()];
    const before = Date.now();
    await current().commit([append(one, 'a', { b: 1 }), append(two, 'x'), append(one, null), append(one)]);
    const entries = await current().history(one, 0, 10);
    expect(entries.map(({ sequence, body }) => [sequence, body])).toEqual([
      [1, 'a'],
      [2, { b: 1 }],
      [3, null],
    ]);
    expect(entries.every(({ at }) => at >= before && at <= Date.now())).toBe(true);
    expect(await current().history(one, 1, 1)).toEqual([entries[1]]);
    expect(await current().history(one, 3, 10)).toEqual([]);
    expect(await current().history(two, 0, 10)).toHaveLength(1);
    expect(await current().history('nobody-wrote-here', 0, 10)).toEqual([]);
  });

  test('takes a thousand entries at once', async () => {
    const stream = newKind();
    await current().commit([append(stream, ...Array.from({ length: 1_234 }, (_, index) => index))]);
    const entries = await current().history(stream, 0, 2_000);
    expect(entries.map(({ body }) => body)).toEqual(Array.from({ length: 1_234 }, (_, index) => index));
    expect(entries.at(-1)?.sequence).toBe(1_234);
  });

  test('forgets a stream, which then begins at 1', async () => {
    const stream = newKind();
    await current().commit([append(stream, 1, 2)]);
    await current().commit([{ type: 'forget', stream }]);
    expect(await current().history(stream, 0, 10)).toEqual([]);
    await current().commit([append(stream, 3)]);
    await current().commit([{ type: 'forget', stream }, append(stream, 4)]);
    expect((await current().history(stream, 0, 10)).map(({ sequence, body }) => [sequence, body])).toEqual([
      [1, 4],
    ]);
  });

  test('has no gaps while 20 write, some of whom fail, and a reader misses nothing', async () => {
    const stream = newKind();
    const written = 20 * 10;
    const writers = Array.from({ length: 20 }, async (_, writer) => {
      for (let turn = 0; turn < 10; turn++) {
        await current().commit([append(stream, `${writer}-${turn}`)]);
        const failing: Change[] = [
          append(stream, 'never seen'),
          { type: 'remove', key: { kind: 'none', tenant: 'none', id: 'none' }, ifVersion: 1 },
        ];
        if (turn % 3 === 0) await expect(current().commit(failing)).rejects.toThrow();
      }
    });
    // Follows as an event stream does: only what is behind the last number it saw.
    const seen: { sequence: number; body: unknown }[] = [];
    const reader = async () => {
      while (seen.length < written) {
        seen.push(...(await current().history(stream, seen.at(-1)?.sequence ?? 0, 7)));
        await new Promise((resolve) => setTimeout(resolve, 1));
      }
    };
    await Promise.all([...writers, reader()]);
    expect(seen.map(({ sequence }) => sequence)).toEqual(
      Array.from({ length: written }, (_, index) => index + 1),
    );
    const order = new Map(seen.map(({ sequence, body }) => [body, sequence]));
    expect(order.size).toBe(written);
    for (let turn = 1; turn < 10; turn++)
      expect(order.get(`0-${turn}`)).toBeGreaterThan(order.get(`0-${turn - 1}`)!);
  });
}
