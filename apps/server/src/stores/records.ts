/** One thing that the server remembers: a job, a file, a model, a key. */
export interface Row<Body = unknown> {
  readonly kind: string;
  /** Who owns it. Nobody sees the rows of another tenant. */
  readonly tenant: string;
  /** Unique within kind and tenant. */
  readonly id: string;
  /** 1 at first, one more with each change: the ETag, and the fence that stops late writers. */
  readonly version: number;
  /** Where it is in its life, for example 'queued'; what lists are filtered by. null: it has no such thing. */
  readonly state: string | null;
  /** Milliseconds since 1970. */
  readonly createdAt: number;
  readonly updatedAt: number;
  /** Plain JSON. */
  readonly body: Body;
}

/** Which row. Each part has 1 to 255 characters, without NUL and halves of surrogate pairs; no other row exists. */
export interface RowKey {
  readonly kind: string;
  readonly tenant: string;
  readonly id: string;
}

/** One line of a history that only grows: a job's events, a tenant's audit log. */
export interface HistoryEntry {
  /** 1, 2, 3 ... within its stream, without gaps. */
  readonly sequence: number;
  readonly at: number;
  readonly body: unknown;
}

/** What `commit` does; all of its changes or none. */
export type Change =
  | {
      readonly type: 'create';
      readonly key: RowKey;
      readonly state: string | null;
      readonly body: unknown;
      /** Of the row; now, if left out. */
      readonly createdAt?: number;
    }
  | {
      readonly type: 'update';
      readonly key: RowKey;
      readonly ifVersion: number;
      readonly state: string | null;
      readonly body: unknown;
    }
  | { readonly type: 'remove'; readonly key: RowKey; readonly ifVersion: number }
  | { readonly type: 'append'; readonly stream: string; readonly entries: readonly unknown[] }
  /** Removes a stream; who appends to it again begins at 1. */
  | { readonly type: 'forget'; readonly stream: string };

export interface RowQuery {
  readonly kind: string;
  /** Left out: of all tenants (for workers and housekeeping, never for a request). */
  readonly tenant?: string;
  /** Any of these states. Left out: all rows. */
  readonly states?: readonly string[];
}

/** A place between rows in order of creation, for example a row itself. */
export interface RowPosition {
  readonly createdAt: number;
  readonly id: string;
  /** Matters where rows of all tenants are listed: two tenants may have created the same id in one millisecond. */
  readonly tenant?: string;
}

export interface RowPage {
  /** By time of creation, then id, then tenant. */
  readonly order: 'oldest' | 'newest';
  readonly limit: number;
  /** Starts behind this row, which need not be there any more. */
  readonly after?: RowPosition;
}

/**
 * Where the server's rows live. `commit` is the only way to change anything: its preconditions are checked and its
 * changes made in one transaction that survives a kill once the promise has resolved. Every method throws
 * StoreUnavailable, soon, while the database cannot be reached.
 *
 * @example
 * await records.commit([
 *   { type: 'update', key, ifVersion: job.version, state: 'succeeded', body },
 *   { type: 'create', key: model, state: null, body: facts },
 * ]); // both, or RowConflict and neither
 */
export interface Records {
  get<Body>(key: RowKey): Promise<Row<Body> | null>;
  list<Body>(query: RowQuery, page: RowPage): Promise<Row<Body>[]>;
  /** With `before`: only rows that are older than this one. */
  count(query: RowQuery & { readonly before?: RowPosition }): Promise<number>;
  /**
   * @returns the rows that were created or updated, in the order of the changes
   * @throws RowConflict if a row to create is there, or one to change is not there or has another version
   * @throws GraftError `usage/row-key`, `usage/row-body`, `resource/disk-full`
   */
  commit(changes: readonly Change[]): Promise<Row[]>;
  /** Entries of a stream behind `after`, oldest first. A stream that nobody wrote to is empty. */
  history(stream: string, after: number, limit: number): Promise<HistoryEntry[]>;
  /** Resolves if the store answers. */
  ping(): Promise<void>;
  close(): Promise<void>;
}

/** Somebody else was faster: read again, decide again. */
export class RowConflict extends Error {
  override readonly name = 'RowConflict';
  readonly key: RowKey;

  constructor(key: RowKey) {
    super(`Expected ${key.kind} "${key.id}" to be as it was read. Somebody changed it since.`);
    this.key = key;
  }
}
