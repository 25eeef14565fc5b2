import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import { residentMB } from './child-process.js';
import type { Inference } from './predictions/inference.js';
import type { Records } from './stores/records.js';
import { withCommit } from './stores/with-commit.js';

/** One request that is over. */
export interface Answered {
  /** operationId; undefined: no route took it. */
  readonly route: string | undefined;
  readonly status: number;
  readonly seconds: number;
}

export interface MetricsSources {
  readonly records: Records;
  readonly inference: Pick<Inference, 'waiting' | 'pids'>;
  readonly worker: { readonly running: number };
}

const jobStates = ['queued', 'running', 'paused', 'succeeded', 'failed', 'cancelled'];
const finalStates = ['succeeded', 'failed', 'cancelled'];

/**
 * Figures of this process for Prometheus, and of all jobs as the rows tell them. Beside ours, those of prom-client:
 * memory, event loop delay (`nodejs_eventloop_lag_p99_seconds`), garbage collection.
 */
export class Metrics {
  readonly #registry = new Registry();
  readonly #registers = [this.#registry];
  readonly #answered = new Histogram({
    name: 'graft_request_seconds',
    help: 'Time from a request to the end of its answer, by operationId and class of status',
    labelNames: ['route', 'status'],
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 60],
    registers: this.#registers,
  });
  readonly #finished = new Counter({
    name: 'graft_jobs_finished_total',
    help: 'Jobs that this process ended',
    labelNames: ['outcome'],
    registers: this.#registers,
  });

  constructor() {
    collectDefaultMetrics({ register: this.#registry });
    for (const outcome of finalStates) this.#finished.inc({ outcome }, 0);
  }

  answered({ route = 'none', status, seconds }: Answered): void {
    this.#answered.observe({ route, status: `${Math.floor(status / 100)}xx` }, seconds);
  }

  /** Records that count the jobs which end through them. */
  counting(records: Records): Records {
    return withCommit(records, async (changes) => {
      const rows = await records.commit(changes);
      for (const { kind, state } of rows)
        if (kind === 'job' && state !== null && finalStates.includes(state))
          this.#finished.inc({ outcome: state });
      return rows;
    });
  }

  /** Where the figures come from that are asked for when somebody looks. */
  watch({ records, inference, worker }: MetricsSources): void {
    this.#gauge(
      'graft_jobs',
      'Jobs of all servers and tenants; queued is the length of the queue',
      'state',
      () =>
        Promise.all(
          jobStates.map(
            async (state) => [state, await records.count({ kind: 'job', states: [state] })] as const,
          ),
        ),
    );
    this.#gauge('graft_process_resident_bytes', 'Resident memory', 'process', async () => {
      const megabytes = await Promise.all(inference.pids.map((pid) => residentMB(pid)));
      return [
        ['server', process.memoryUsage.rss()],
        ['inference', megabytes.reduce<number>((sum, some) => sum + (some ?? 0), 0) * 2 ** 20],
      ] as const;
    });
    this.#gauge('graft_at_work', 'What waits or runs in this process', 'what', async () => [
      ['jobs', worker.running],
      ['predictions', inference.waiting],
    ]);
  }

  /** In the text format of Prometheus. */
  async text(): Promise<{ readonly type: string; readonly body: string }> {
    return { type: this.#registry.contentType, body: await this.#registry.metrics() };
  }

  /** Stops what measures. */
  close(): void {
    this.#registry.clear();
  }

  #gauge(
    name: string,
    help: string,
    label: string,
    values: () => Promise<readonly (readonly [string, number])[]>,
  ): void {
    new Gauge({
      name,
      help,
      labelNames: [label],
      registers: this.#registers,
      async collect() {
        for (const [value, number] of await values()) this.set({ [label]: value }, number);
      },
    });
  }
}
