import type { JobRow } from './job.js';

/** So often does a worker show that it lives. */
export const beatMilliseconds = 3000;
/** So often do others look whether it did. */
export const listenMilliseconds = 5000;
/** So many looks in a row without a change, and a worker is taken for dead: after 15 to 20 s. */
const mostSilentLooks = 3;

/**
 * Finds out which workers fell silent, by looking whether their beats change. Looks are counted, not seconds: a
 * process that was stopped itself, or a machine whose clock is wrong, takes nobody for dead.
 *
 * @example
 * for (const job of silence.look(await jobs.running())) await jobs.giveBack(job);
 */
export class Silence {
  #heard = new Map<string, { readonly beat: string; readonly looks: number }>();

  /** @returns the jobs of workers that are taken for dead */
  look(running: readonly JobRow[]): JobRow[] {
    const before = this.#heard;
    this.#heard = new Map();
    return running.filter(({ tenant, id, body: { attempt, lease } }) => {
      const key = `${tenant}/${id}`;
      const beat = `${attempt} ${lease?.worker} ${lease?.beat}`;
      const last = before.get(key);
      const looks = last?.beat === beat ? last.looks + 1 : 0;
      this.#heard.set(key, { beat, looks });
      return looks >= mostSilentLooks;
    });
  }

  /** The store was away: nobody could show that he lives. */
  forget(): void {
    this.#heard.clear();
  }
}
