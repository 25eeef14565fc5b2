/** What a key may do; `admin` includes all. */
export const scopes = ['read', 'train', 'predict', 'admin'] as const;
export type Scope = (typeof scopes)[number];

/** Who asks. */
export interface Caller {
  readonly tenant: string;
  readonly scopes: readonly Scope[];
  /** For logs and the audit trail; never the secret. */
  readonly name: string;
  /** What the request was signed with; null: nothing. */
  readonly key: CallerKey | null;
}

interface CallerKey {
  readonly id: string;
  /** Of the page that alone may use it; null: programs. */
  readonly origin: string | null;
  /** Milliseconds since 1970; null: never. */
  readonly expiresAt: number | null;
}

/** On loopback without keys: one person, who may do everything. */
export const localCaller: Caller = { tenant: 'local', scopes: ['admin'], name: 'local', key: null };

/** May do nothing but what is open to all. */
export const nobody: Caller = { tenant: 'nobody', scopes: [], name: 'nobody', key: null };

/**
 * @example
 * mayDo(caller, 'train'); // true for admin too
 */
export function mayDo({ scopes }: Caller, scope: Scope): boolean {
  return scopes.includes(scope) || scopes.includes('admin');
}

/** Whether the caller runs the server, and may see what concerns all tenants: the first tenants that there are. */
export function isOperator({ tenant }: Caller): boolean {
  return tenant === localCaller.tenant || tenant === operatorTenant;
}

/** Whose keys `graft-server key` makes if it is not told otherwise. */
export const operatorTenant = 'default';
