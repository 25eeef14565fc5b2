import type { Change, RowKey } from '../records.js';

let kinds = 0;

/** Tests share a store; each keeps to rows of its own kind. */
export const newKind = (): string => `kind-${++kinds}`;

export const keyOf = (kind: string, id: string, tenant = 'ada'): RowKey => ({ kind, tenant, id });

export const create = (key: RowKey, body: unknown = {}, state: string | null = null): Change => ({
  type: 'create',
  key,
  state,
  body,
});

export const update = (key: RowKey, ifVersion: number, body: unknown = 'changed'): Change => ({
  type: 'update',
  key,
  ifVersion,
  state: null,
  body,
});

export const remove = (key: RowKey, ifVersion: number): Change => ({ type: 'remove', key, ifVersion });
