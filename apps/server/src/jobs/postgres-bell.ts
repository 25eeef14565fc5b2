import pg from 'pg';
import PgBoss from 'pg-boss';
import type { Log } from '../log.js';
import type { Bell } from './bell.js';
import { pauseUnless } from './when-answers.js';

const queue = 'jobs';
/** Its tables are apart from ours. */
const schema = 'graft_bell';
const againMilliseconds = 5000;
/** An outage is told once a minute. */
const quietMilliseconds = 60_000;
const secondsOfAnHour = 3600;

/**
 * Wakes workers of all machines by pg-boss, a queue kept in the same PostgreSQL. A ring waits there until one worker
 * takes it: NOTIFY would wake all of them at once, and nobody if none listens at that moment or a pooler stands
 * between. The rings mean nothing but "look": while PostgreSQL is away, or refuses the schema, workers still look by
 * themselves every second.
 *
 * @param url as of `openPostgresRecords`
 *
 * @example
 * const bell = postgresBell('postgres://graft@localhost/graft', log);
 * const stop = await bell.listen(() => look());
 * await bell.ring();
 */
export function postgresBell(url: string, log: Log): Bell {
  const pool = new pg.Pool({
    connectionString: url,
    application_name: 'graft-bell',
    max: 2,
    connectionTimeoutMillis: 5000,
    query_timeout: 10_000,
    keepAlive: true,
  });
  let saidAt = Number.NEGATIVE_INFINITY;
  const complain = (error: unknown) => {
    if (performance.now() - saidAt < quietMilliseconds) return;
    saidAt = performance.now();
    log.warn({ reason: String(error) }, 'the bell of jobs had a problem');
  };
  // A lost connection is an event besides an error of its query; unheard, it would end the process.
  pool.on('error', complain);
  pool.on('connect', (client) => client.on('error', () => {}));

  const closing = new AbortController();
  const starting = startUntil(closing.signal, pool, complain);
  return {
    async ring() {
      // Nobody waits for it: who asked for the job has his answer, whatever becomes of the ring.
      void starting.then((boss) => boss?.send(queue, {})).catch(complain);
    },
    async listen(onRing) {
      const options = { pollingIntervalSeconds: 0.5 }; // pg-boss's shortest
      void starting.then((boss) => boss?.work(queue, options, async () => onRing())).catch(complain);
      return async () => {
        void starting.then((boss) => boss?.offWork(queue)).catch(complain);
      };
    },
    async close() {
      closing.abort();
      await (await starting)?.stop({ graceful: false }).catch(complain);
      await pool.end();
    },
  };
}

/** Tries until PostgreSQL is there; null once `signal` is aborted. */
async function startUntil(
  signal: AbortSignal,
  pool: pg.Pool,
  complain: (error: unknown) => void,
): Promise<PgBoss | null> {
  while (!signal.aborted) {
    const boss = new PgBoss({
      db: { executeSql: (text, values) => pool.query(text, values) },
      schema,
      schedule: false,
      retryLimit: 0,
      expireInSeconds: 60,
      retentionSeconds: secondsOfAnHour,
      archiveCompletedAfterSeconds: secondsOfAnHour,
      deleteAfterSeconds: secondsOfAnHour,
    });
    boss.on('error', complain);
    try {
      await boss.start();
      await boss.createQueue(queue);
      return boss;
    } catch (error) {
      complain(error);
      await boss.stop({ graceful: false }).catch(() => {});
    }
    await pauseUnless(signal, againMilliseconds);
  }
  return null;
}
