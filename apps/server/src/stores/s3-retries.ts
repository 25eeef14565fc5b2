import { setTimeout as sleep } from 'node:timers/promises';
import { GraftError } from '@graft/core';
import { StoreUnavailable } from './store-unavailable.js';

export interface Retries {
  readonly attempts?: number;
  /** Milliseconds before the second attempt; each further pause is twice as long, up to a half less by chance. */
  readonly pauseMs?: number;
}

/**
 * Asks an S3 server, again where it failed and the same request may succeed.
 *
 * @throws StoreUnavailable when no attempt did; GraftError `usage/bucket-refused` for a bucket that isn't there or lets
 *   nobody in; the SDK's own errors
 */
export async function askingAgain<Answer>(
  ask: () => Promise<Answer>,
  { attempts = 5, pauseMs = 100 }: Retries = {}, // 1.5 s of pauses at most
): Promise<Answer> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await ask();
    } catch (error) {
      if (!passes(error)) throw refusal(error) ?? error;
      if (attempt >= attempts) throw new StoreUnavailable('the bucket', error);
      await sleep(pauseMs * 2 ** (attempt - 1) * (1 - Math.random() / 2));
    }
  }
}

/** HTTP status of an error of the SDK; undefined where no answer came. */
export function statusOf(error: unknown): number | undefined {
  return (error as { $metadata?: { httpStatusCode?: number } }).$metadata?.httpStatusCode;
}

function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : '';
}

function passes(error: unknown): boolean {
  if (nameOf(error) === 'CredentialsProviderError') return false;
  const status = statusOf(error);
  return status === undefined || status >= 500 || status === 429 || nameOf(error) === 'RequestTimeout';
}

function refusal(error: unknown): GraftError | null {
  const status = statusOf(error);
  const isRefused =
    status === 401 ||
    status === 403 ||
    (status !== undefined && status >= 300 && status < 400) || // another region's
    ['CredentialsProviderError', 'NoSuchBucket'].includes(nameOf(error));
  if (!isRefused) return null;
  const answer = `${nameOf(error)}${status === undefined ? '' : ` (${status})`}`;
  return new GraftError(
    'usage/bucket-refused',
    `Expected a bucket that lets this server in. Received: ${answer}.`,
    {
      hint: 'Check bucket, region, endpoint and credentials.',
      cause: error,
    },
  );
}
