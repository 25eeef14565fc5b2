import type { ChildProcess } from 'node:child_process';
import { kill, startProcess } from '../child-process.js';
import type { Config } from '../config.js';
import { Problem } from '../http/problem.js';
import type { Log } from '../log.js';
import type { LocalModel } from '../models/model.js';
import { errorFrom } from '../process-failure.js';
import type { AnswerTo, InferenceRequest, InferenceResponse, InferenceSetup, Question } from './protocol.js';

interface Pending {
  readonly request: InferenceRequest;
  readonly resolve: (answer: never) => void;
  readonly reject: (error: unknown) => void;
  /** One that was there when the process crashed gets a second process, not a third. */
  tries: number;
  /** When the present process was given it. */
  since: number;
}

/** A process that has not answered a request for so long is taken for stuck. */
const mostMilliseconds = 60_000;

/** Asks one inference process, which is started by the first question and again should it crash. */
export class InferenceClient {
  readonly #config: Config;
  readonly #log: Log;
  readonly #pending = new Map<number, Pending>();
  #process: ChildProcess | null = null;
  #next = 1;
  #closed = false;
  readonly #watch: NodeJS.Timeout;

  constructor(config: Config, log: Log) {
    this.#config = config;
    this.#log = log;
    this.#watch = setInterval(() => this.#killStuck(), 5000).unref();
  }

  /** Questions that wait or run. */
  get waiting(): number {
    return this.#pending.size;
  }

  /** null: it does not run now. */
  get pid(): number | null {
    return this.#process?.pid ?? null;
  }

  /** @throws GraftError `data/*`, `model/*` for what the model can't be asked; Problem `inference-crashed` */
  ask<Q extends Question>(model: LocalModel, question: Q): Promise<AnswerTo<Q>> {
    return new Promise((resolve, reject) => {
      const request = { id: this.#next++, model, question };
      const pending = { request, resolve, reject, tries: 1, since: 0 };
      this.#pending.set(request.id, pending);
      this.#send(pending);
    });
  }

  /** Answers what was asked, then ends the process. */
  async close(): Promise<void> {
    this.#closed = true;
    clearInterval(this.#watch);
    const end = performance.now() + 5000;
    while (this.#pending.size && performance.now() < end)
      await new Promise((resolve) => setTimeout(resolve, 20));
    if (this.#process) await kill(this.#process);
  }

  #send(pending: Pending): void {
    this.#process ??= this.#start();
    pending.since = performance.now();
    this.#process.send(pending.request, () => {}); // where it can't be sent the process is gone, and its end sends it again
  }

  #start(): ChildProcess {
    const { predictions, backend, data } = this.#config;
    const child = startProcess('./inference-process.js', import.meta.url, {
      heapMB: 1024,
      cwd: data,
      onOutput: (line) => this.#log.info({ line }, 'output of inference'),
    });
    const setup: InferenceSetup = { backend, ...predictions };
    child.send(setup, () => {});
    child.on('message', (response: InferenceResponse) => this.#settle(response));
    child.once('exit', (code, signal) => this.#restart(child, code, signal));
    child.on('error', (error) => {
      this.#log.error({ err: error }, 'inference could not start');
      if (child.pid === undefined) this.#restart(child, null, null); // it never ran: no exit follows
    });
    return child;
  }

  #settle(response: InferenceResponse): void {
    const pending = this.#pending.get(response.id);
    this.#pending.delete(response.id);
    if (!pending) return;
    if ('answer' in response) pending.resolve(response.answer as never);
    else pending.reject(errorFrom(response.failure));
  }

  #restart(child: ChildProcess, code: number | null, signal: string | null): void {
    if (this.#process !== child) return;
    this.#process = null;
    if (this.#pending.size === 0) return;
    this.#log.error({ code, signal, waiting: this.#pending.size }, 'inference stopped, starting again');
    for (const [id, pending] of [...this.#pending]) {
      if (pending.tries++ < 2 && !this.#closed) this.#send(pending);
      else {
        this.#pending.delete(id);
        pending.reject(crashed());
      }
    }
  }

  #killStuck(): void {
    const [oldest] = this.#pending.values();
    if (oldest && performance.now() - oldest.since > mostMilliseconds) this.#process?.kill('SIGKILL');
  }
}

function crashed(): Problem {
  return new Problem(
    500,
    'inference-crashed',
    'Expected an answer. The process that computes it crashed twice.',
  );
}
