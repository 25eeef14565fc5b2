import type { Records } from './records.js';

/** Records that differ in their `commit` only. */
export function withCommit(records: Records, commit: Records['commit']): Records {
  return {
    get: (key) => records.get(key),
    list: (query, page) => records.list(query, page),
    count: (query) => records.count(query),
    history: (stream, after, limit) => records.history(stream, after, limit),
    ping: () => records.ping(),
    close: () => records.close(),
    commit,
  };
}
