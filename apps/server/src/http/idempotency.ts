import { createHash } from 'node:crypto';
import { type Change, type Records, RowConflict } from '../stores/records.js';
import { Problem } from './problem.js';
import type { Call, Reply } from './route.js';

interface Remembered {
  /** SHA-256 of method, path and body. */
  readonly request: string;
  /** Of what the first request made. */
  readonly id: string;
}

export interface Once {
  /** Makes something; `mark(id)` are changes to make in the same commit, so that no kill can come between. */
  readonly first: (mark: (id: string) => readonly Change[]) => Promise<Reply>;
  /** Answers with what is there already. */
  readonly again: (id: string) => Promise<Reply>;
}

/**
 * Makes something once for an `Idempotency-Key`, however often it is asked for: whoever comes later gets what the
 * first one made. Without the header it is simply made.
 *
 * @throws Problem 422 for the key of another request
 */
export async function idempotent<Body>(
  records: Records,
  { caller, request, body }: Pick<Call<unknown, unknown, Body>, 'caller' | 'request' | 'body'>,
  { first, again }: Once,
): Promise<Reply> {
  const given = request.headers['idempotency-key'];
  if (given === undefined) return first(() => []);
  if (typeof given !== 'string' || !/^[\x21-\x7e]{1,255}$/.test(given)) {
    throw new Problem(400, 'idempotency-key', 'Expected an Idempotency-Key of 1 to 255 visible characters.', {
      field: 'Idempotency-Key',
    });
  }
  const key = { kind: 'idempotency', tenant: caller.tenant, id: hashOf(given) };
  const asked = hashOf(JSON.stringify([request.method, request.url, body]));
  const known = await records.get<Remembered>(key);
  if (known) return replay(known.body);
  try {
    return await first((id) => [
      { type: 'create', key, state: null, body: { request: asked, id } satisfies Remembered },
    ]);
  } catch (error) {
    const raced = error instanceof RowConflict && error.key.kind === 'idempotency';
    const winner = raced ? await records.get<Remembered>(key) : null;
    if (!winner) throw error;
    return replay(winner.body);
  }

  function replay({ request: before, id }: Remembered): Promise<Reply> {
    if (before === asked) return again(id);
    throw new Problem(
      422,
      'idempotency-key',
      'Expected the request that this Idempotency-Key was first used for. Received another.',
      {
        field: 'Idempotency-Key',
        hint: 'Take a new key for a new request.',
      },
    );
  }
}

const hashOf = (text: string): string => createHash('sha256').update(text).digest('hex');
