import { readdir, rm, stat, utimes } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { blobReferences } from './blob-references.js';
import type { Config } from './config.js';
import { type Job, jobStream } from './jobs/job.js';
import { KeyStore } from './keys/key-store.js';
import type { Log } from './log.js';
import type { Scratch } from './scratch.js';
import { allRows, unlessGone } from './stores/all-rows.js';
import type { Blobs } from './stores/blobs.js';
import type { Records, RowQuery } from './stores/records.js';

export interface HousekeepingParts {
  readonly records: Records;
  readonly blobs: Blobs;
  readonly scratch: Pick<Scratch, 'spool'>;
  readonly config: Pick<Config, 'keepJobsDays'>;
  readonly log: Log;
}

/** What a sweep removed. */
export interface Swept {
  readonly blobs: number;
  readonly bytes: number;
  readonly repeats: number;
  readonly keys: number;
  readonly uploads: number;
  readonly jobs: number;
  readonly scratch: number;
}

const hour = 3_600_000;
const day = 24 * hour;
/** A blob is stored before the row that names it: for so long it needs none. */
const blobGrace = hour;
const idempotencyAge = day;
const uploadAge = 7 * day;
/** A process that has not told for so long that it lives is gone. */
const scratchAge = day;

/**
 * Removes now and then what nobody needs any more. Any number of servers may do so at the same time: rows are removed
 * by their version, and removing a blob twice is no error.
 */
export class Housekeeping {
  readonly #parts: HousekeepingParts;
  readonly #keys: KeyStore;
  readonly #end = new AbortController();
  readonly #rounds: Promise<void>;

  constructor(parts: HousekeepingParts) {
    this.#parts = parts;
    this.#keys = new KeyStore(parts.records);
    this.#rounds = this.#sweepEveryHour();
  }

  /** Ends after the step that it is at. */
  async close(): Promise<void> {
    this.#end.abort();
    await this.#rounds;
  }

  /** @param now milliseconds since 1970 */
  async sweep(now = Date.now()): Promise<Swept> {
    const { config, records, scratch } = this.#parts;
    const oldJob = config.keepJobsDays === null ? null : now - config.keepJobsDays * day;
    const swept = {
      repeats: await this.#removeOlder({ kind: 'idempotency' }, now - idempotencyAge),
      uploads: await this.#removeOlder({ kind: 'upload' }, now - uploadAge),
      jobs: oldJob === null ? 0 : await removeJobs(records, oldJob, this.#end.signal),
      keys: await this.#keys.removeExpired(),
      scratch: await removeScratch(dirname(scratch.spool), now - scratchAge),
    };
    return { ...swept, ...(await this.#removeBlobs(now)) };
  }

  /** Rows that nobody touched since `before`. */
  async #removeOlder(query: RowQuery, before: number): Promise<number> {
    let count = 0;
    for await (const { kind, tenant, id, version, createdAt, updatedAt } of allRows(
      this.#parts.records,
      query,
    )) {
      if (createdAt >= before || this.#end.signal.aborted) break;
      if (updatedAt >= before) continue;
      await this.#parts.records
        .commit([{ type: 'remove', key: { kind, tenant, id }, ifVersion: version }])
        .catch(unlessGone);
      count++;
    }
    return count;
  }

  /**
   * Mark and sweep, the other way round: first the blobs that are old enough, then the rows. A row that was committed
   * after it was looked for names a blob that was stored within the grace.
   */
  async #removeBlobs(now: number): Promise<Pick<Swept, 'blobs' | 'bytes'>> {
    const { records, blobs } = this.#parts;
    const unnamed = new Map<string, number>();
    for await (const { key, bytes, modifiedAt } of blobs.list(''))
      if (modifiedAt < now - blobGrace) unnamed.set(key, bytes);
    for (const [kind, blobsOf] of Object.entries(blobReferences))
      for await (const row of allRows(records, { kind })) {
        if (this.#end.signal.aborted) return { blobs: 0, bytes: 0 }; // half of the rows name half of the blobs
        for (const key of blobsOf(row)) unnamed.delete(key);
      }
    const swept = { blobs: 0, bytes: 0 };
    for (const [key, bytes] of unnamed) {
      if (this.#end.signal.aborted) break;
      const facts = await blobs.stat(key);
      if (!facts || facts.modifiedAt >= now - blobGrace) continue; // stored anew since
      await blobs.remove(key);
      swept.blobs++;
      swept.bytes += bytes;
    }
    return swept;
  }

  async #sweepEveryHour(): Promise<void> {
    const { signal } = this.#end;
    const { log } = this.#parts;
    // Not all servers at the same time, and none while it starts.
    let wait = hour / 6 + (Math.random() * hour) / 6;
    for (;;) {
      await pause(wait, undefined, { signal, ref: false }).catch(() => null);
      if (signal.aborted) return;
      wait = hour;
      await this.sweep().then(
        (swept) => log.info({ swept }, 'housekeeping'),
        (error) => log.error({ err: error }, 'housekeeping had a problem, it tries again in an hour'),
      );
    }
  }
}

/** Jobs that ended before a time, with all that happened to them. Their models stay. */
async function removeJobs(records: Records, before: number, end: AbortSignal): Promise<number> {
  let count = 0;
  const over = { kind: 'job', states: ['succeeded', 'failed', 'cancelled'] };
  for await (const { kind, tenant, id, version, createdAt, body } of allRows<Job>(records, over)) {
    if (createdAt >= before || end.aborted) break;
    if ((body.finishedAt ?? 0) >= before) continue;
    await records
      .commit([
        { type: 'remove', key: { kind, tenant, id }, ifVersion: version },
        { type: 'forget', stream: jobStream({ tenant, id }) },
      ])
      .catch(unlessGone);
    count++;
  }
  return count;
}

/** What processes that ended without a word have left, beside the folder of this one, which is marked as alive. */
async function removeScratch(own: string, before: number): Promise<number> {
  const now = new Date();
  await utimes(own, now, now);
  let count = 0;
  for (const name of await readdir(dirname(own))) {
    const path = join(dirname(own), name);
    const facts = await stat(path).catch(() => null);
    if (!facts || facts.mtimeMs >= before || path === own) continue;
    await rm(path, { recursive: true, force: true });
    count++;
  }
  return count;
}
