import type { Records } from '../stores/records.js';
import type { JobRow } from './job.js';

/**
 * How many jobs of any tenant will start before each of these, by id; those that do not wait are left out. A count
 * takes the longer, the longer the queue: where few tenants queue at once, some counts do for all.
 */
export async function queuePositions(
  records: Records,
  rows: readonly JobRow[],
): Promise<ReadonlyMap<string, number>> {
  const queued = rows.filter(({ state }) => state === 'queued').sort(byAge);
  const positions = new Map<string, number>();
  const count = ({ createdAt, id }: JobRow) =>
    records.count({ kind: 'job', states: ['queued'], before: { createdAt, id } });
  /** Where nobody else's job lies between two, those between count on. */
  const fill = async (from: number, before: number, to: number, beforeLast: number): Promise<void> => {
    if (to - from === beforeLast - before || to - from < 2) {
      for (let index = from; index < to; index++) positions.set(queued[index]!.id, before + index - from);
      positions.set(queued[to]!.id, beforeLast);
      return;
    }
    const middle = (from + to) >> 1;
    const beforeMiddle = await count(queued[middle]!);
    await fill(from, before, middle, beforeMiddle);
    await fill(middle, beforeMiddle, to, beforeLast);
  };
  const [first, last] = [queued[0], queued.at(-1)];
  if (!first || !last) return positions;
  const before = await count(first);
  await fill(0, before, queued.length - 1, first === last ? before : await count(last));
  return positions;
}

/** Oldest first, as they are taken. */
function byAge(a: JobRow, b: JobRow): number {
  return a.createdAt - b.createdAt || (a.id < b.id ? -1 : 1);
}
