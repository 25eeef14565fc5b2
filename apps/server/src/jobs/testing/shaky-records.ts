import type { Change, Records, Row } from '../../stores/records.js';
import { StoreUnavailable } from '../../stores/store-unavailable.js';

/** What happens to a commit: it is made and nobody hears of it, or the store is away before it. */
type CommitFault = 'made-unheard' | 'away';

/** Records whose next commits and reads fail as an outage makes them fail. */
export interface ShakyRecords extends Records {
  /** Of the next commits, one each. */
  readonly commitFaults: CommitFault[];
  /** So many of the next reads fail. */
  awayReads: number;
}

export function shakyRecords(records: Records): ShakyRecords {
  const away = (uncertain: boolean) => new StoreUnavailable('the store', 'a test', { uncertain });
  const commitFaults: CommitFault[] = [];
  return {
    commitFaults,
    awayReads: 0,
    async get(key) {
      if (this.awayReads-- > 0) throw away(false);
      return records.get(key);
    },
    list: (query, page) => records.list(query, page),
    count: (query) => records.count(query),
    history: (stream, after, limit) => records.history(stream, after, limit),
    async commit(changes: readonly Change[]): Promise<Row[]> {
      const fault = commitFaults.shift();
      if (fault === 'away') throw away(false);
      const rows = await records.commit(changes);
      if (fault === 'made-unheard') throw away(true);
      return rows;
    },
    ping: () => records.ping(),
    close: () => records.close(),
  };
}
