import { mkdir } from 'node:fs/promises';
import { GraftError } from '@graft/core';
import type { Config } from './config.js';
import { type Scope, scopes } from './http/caller.js';
import { idSchema } from './ids.js';
import { KeyStore } from './keys/key-store.js';
import { openStores } from './stores/open-stores.js';

/**
 * Makes the first key, or any other, where no server has to run.
 *
 * @returns the key, which is kept nowhere
 * @throws GraftError `usage/scopes`, `usage/tenant`
 */
export async function makeKey(
  { data, database }: Pick<Config, 'data' | 'database'>,
  wanted: { readonly name: string; readonly tenant: string; readonly scopes: readonly string[] },
): Promise<string> {
  const unknown = wanted.scopes.filter((scope) => !scopes.includes(scope as Scope));
  if (unknown.length || wanted.scopes.length === 0) {
    throw new GraftError(
      'usage/scopes',
      `Expected scopes of ${scopes.join(', ')}. Received ${unknown.join(', ') || 'none'}.`,
    );
  }
  if (!idSchema.safeParse(wanted.tenant).success) {
    throw new GraftError(
      'usage/tenant',
      `Expected a tenant of a-z, 0-9 and "-". Received "${wanted.tenant}".`,
    );
  }
  await mkdir(data, { recursive: true, mode: 0o700 });
  const stores = await openStores({ data, ...(database && { database }) });
  try {
    const { name, tenant } = wanted;
    return (await new KeyStore(stores.records).create(tenant, { name, scopes: wanted.scopes as Scope[] }))
      .key;
  } finally {
    await stores.close();
  }
}
