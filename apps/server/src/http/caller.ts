/** What a key may do; `admin` includes all. */
export const scopes = ['read', 'train', 'predict', 'admin'] as const;
export type Scope = (typeof scopes)[number];

/** Who asks. */
export interface Caller {
  readonly tenant: string;
  readonly scopes: readonly Scope[];
  /** For logs and the audit trail; never the secret. */
  readonly name: string;
}

/** On loopback without keys: one person, who may do everything. */
export const localCaller: Caller = { tenant: 'local', scopes: ['admin'], name: 'local' };

/**
 * @example
 * mayDo(caller, 'train'); // true for admin too
 */
export function mayDo({ scopes }: Caller, scope: Scope): boolean {
  return scopes.includes(scope) || scopes.includes('admin');
}
