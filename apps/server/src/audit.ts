import { AsyncLocalStorage } from 'node:async_hooks';
import type { Caller } from './http/caller.js';
import type { Change, HistoryEntry, Records } from './stores/records.js';
import { withCommit } from './stores/with-commit.js';

/** Who changed what, by which request: one entry for each commit that a request makes. */
export interface AuditEntry {
  /** Name of the caller's key, or `local`. */
  readonly who: string;
  /** operationId of the route. */
  readonly operation: string;
  readonly requestId: string;
  readonly changes: readonly AuditedChange[];
}

interface AuditedChange {
  readonly change: 'create' | 'update' | 'remove';
  readonly kind: string;
  readonly id: string;
}

interface Asking {
  readonly caller: Caller;
  readonly requestId: string;
  readonly operation: string;
}

/** Whoever asks is known to all that is done for the request, however deep. */
const asking = new AsyncLocalStorage<Asking>();

/** Does something in the name of a request: what it commits to `auditedRecords` is put down. */
export function auditedAs<T>(request: Asking, work: () => Promise<T>): Promise<T> {
  return asking.run(request, work);
}

/**
 * Records whose every commit by a request also writes to the tenant's audit log, so that there is no change without its
 * entry and no entry without its change. Workers and housekeeping use the records below.
 */
export function auditedRecords(records: Records): Records {
  return withCommit(records, (changes) => {
    const request = asking.getStore();
    const audited = changes.flatMap(auditedChange);
    if (!request || audited.length === 0) return records.commit(changes);
    const { caller, requestId, operation } = request;
    const entry: AuditEntry = { who: caller.name, operation, requestId, changes: audited };
    const log: Change = { type: 'append', stream: auditStream(caller.tenant), entries: [entry] };
    return records.commit([...changes, log]);
  });
}

/** Entries behind a sequence number, oldest first. */
export async function auditLog(
  records: Records,
  tenant: string,
  page: { readonly after: number; readonly limit: number },
): Promise<readonly (HistoryEntry & { readonly body: AuditEntry })[]> {
  const entries = await records.history(auditStream(tenant), page.after, page.limit);
  return entries as (HistoryEntry & { readonly body: AuditEntry })[];
}

const auditStream = (tenant: string): string => `audit/${tenant}`;

/** Rows that only help with others: no changes of their own. */
const helpers = ['idempotency', 'origin'];

function auditedChange(change: Change): AuditedChange[] {
  if ('stream' in change || helpers.includes(change.key.kind)) return [];
  return [{ change: change.type, kind: change.key.kind, id: change.key.id }];
}
