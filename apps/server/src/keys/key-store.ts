import { createHash, randomBytes, scrypt, timingSafeEqual } from 'node:crypto';
import type { Caller, Scope } from '../http/caller.js';
import { newId } from '../ids.js';
import { allRows, unlessGone } from '../stores/all-rows.js';
import type { Change, Records, Row, RowKey, RowPage } from '../stores/records.js';

/** An API key as it is kept: the secret itself is nowhere. */
export interface Key {
  readonly name: string;
  /** Whose things it opens. */
  readonly tenant: string;
  readonly scopes: readonly Scope[];
  readonly salt: string;
  /** scrypt of the secret, N = 16384, r = 8, p = 1, 32 bytes. */
  readonly hash: string;
  /** Milliseconds since 1970; null: never. */
  readonly expiresAt: number | null;
  /** A page of this origin, and no other, may use it; null: programs. */
  readonly origin: string | null;
  /** The key that a token was made with, and with which it ends; null: it stands alone. */
  readonly madeBy: string | null;
}

export type KeyRow = Row<Key>;

/** Keys are looked up before the tenant is known. */
const keyTenant = 'keys';
/** A secret that was right is not hashed again for so long; a key that was removed is refused at once. */
const rememberMilliseconds = 5 * 60_000;

/** API keys: `ID.SECRET`, shown once. */
export class KeyStore {
  readonly #records: Records;
  readonly #known = new Map<string, number>();

  constructor(records: Records) {
    this.#records = records;
  }

  /** @returns the row, and the whole key for its owner to keep */
  async create(
    tenant: string,
    {
      name,
      scopes,
      expiresAt = null,
      origin = null,
      madeBy = null,
    }: Pick<Key, 'name' | 'scopes'> & Partial<Pick<Key, 'expiresAt' | 'origin' | 'madeBy'>>,
  ): Promise<{ readonly row: KeyRow; readonly key: string }> {
    const id = newId('key');
    const secret = randomBytes(24).toString('base64url');
    const salt = randomBytes(16).toString('base64url');
    const hash = await hashOf(secret, salt);
    const body: Key = { name, tenant, scopes, salt, hash, expiresAt, origin, madeBy };
    const changes: Change[] = [{ type: 'create', key: keyOf(id), state: tenant, body }];
    if (origin !== null)
      changes.push({ type: 'create', key: originOf(id), state: origin, body: { expiresAt } });
    const [row] = await this.#records.commit(changes);
    return { row: row as KeyRow, key: `${id}.${secret}` };
  }

  /**
   * Who has this key, or null where nobody (any more) does.
   *
   * @param origin of the page that sends it
   * @param onlyKnown takes keys that were right a moment ago, and looks closer at no others
   */
  async callerOf(key: string, origin: string | null, onlyKnown = false): Promise<Caller | null> {
    const [id = '', secret = ''] = key.split('.');
    if (!/^key-[a-z0-9]{16}$/.test(id) || secret.length !== 32) return null;
    const row = await this.#records.get<Key>(keyOf(id));
    if (!row || !(await this.#isRight(row, secret, onlyKnown))) return null;
    const { tenant, scopes, expiresAt, origin: bound, name, madeBy } = row.body;
    if (!lives(row.body) || (bound !== null && bound !== origin)) return null;
    if (madeBy !== null && !(await this.#records.get(keyOf(madeBy)))) return null;
    return { tenant, scopes, name: `${id} (${name})`, key: { id, origin: bound, expiresAt } };
  }

  /** Whether some page of this origin has a token that is good. */
  async hasOrigin(origin: string): Promise<boolean> {
    const tokens = await this.#records.list<Pick<Key, 'expiresAt'>>(
      { kind: 'origin', tenant: keyTenant, states: [origin] },
      { order: 'newest', limit: 100 },
    );
    return tokens.some(({ body }) => lives(body));
  }

  list(tenant: string, page: RowPage): Promise<KeyRow[]> {
    return this.#records.list<Key>({ kind: 'key', tenant: keyTenant, states: [tenant] }, page);
  }

  async get(tenant: string, id: string): Promise<KeyRow | null> {
    const row = await this.#records.get<Key>(keyOf(id));
    return row?.body.tenant === tenant ? row : null;
  }

  async any(): Promise<boolean> {
    return (await this.#records.count({ kind: 'key', tenant: keyTenant })) > 0;
  }

  async remove({ id, version, body }: KeyRow): Promise<void> {
    const changes: Change[] = [{ type: 'remove', key: keyOf(id), ifVersion: version }];
    if (body.origin !== null) changes.push({ type: 'remove', key: originOf(id), ifVersion: 1 });
    await this.#records.commit(changes);
  }

  /** Removes what has expired. */
  async removeExpired(): Promise<number> {
    let count = 0;
    for await (const row of allRows<Key>(this.#records, { kind: 'key', tenant: keyTenant })) {
      if (lives(row.body)) continue;
      await this.remove(row).catch(unlessGone);
      count++;
    }
    return count;
  }

  async #isRight({ body }: KeyRow, secret: string, onlyKnown: boolean): Promise<boolean> {
    const proof = createHash('sha256').update(`${secret}.${body.hash}`).digest('base64');
    if ((this.#known.get(proof) ?? 0) > Date.now()) return true;
    if (onlyKnown) return false;
    const right = timingSafeEqual(
      Buffer.from(await hashOf(secret, body.salt), 'base64url'),
      Buffer.from(body.hash, 'base64url'),
    );
    if (this.#known.size > 10_000) this.#known.clear();
    if (right) this.#known.set(proof, Date.now() + rememberMilliseconds);
    return right;
  }
}

const keyOf = (id: string): RowKey => ({ kind: 'key', tenant: keyTenant, id });

/** Tells which origins have tokens, without a look at all of them. */
const originOf = (id: string): RowKey => ({ kind: 'origin', tenant: keyTenant, id });

const lives = ({ expiresAt }: Pick<Key, 'expiresAt'>): boolean =>
  expiresAt === null || expiresAt > Date.now();

function hashOf(secret: string, salt: string): Promise<string> {
  return new Promise((resolve, reject) => {
    scrypt(secret, salt, 32, { N: 16384, r: 8, p: 1 }, (error, hash) =>
      error ? reject(error) : resolve(hash.toString('base64url')),
    );
  });
}
