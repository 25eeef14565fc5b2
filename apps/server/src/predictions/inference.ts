import type { ChildProcess } from 'node:child_process';
import { type ErrorCode, GraftError } from '@graft/core';
import { kill, startProcess } from '../child-process.js';
import type { Config } from '../config.js';
import { Problem } from '../http/problem.js';
import type { Log } from '../log.js';
import type { LocalModel } from '../models/model.js';
import type {
  AnswerTo,
  InferenceRequest,
  InferenceResponse,
  InferenceSetup,
  ModelFacts,
  Question,
} from './protocol.js';

interface Pending {
  readonly request: InferenceRequest;
  readonly resolve: (answer: never) => void;
  readonly reject: (error: unknown) => void;
  /** One that was there when the process crashed gets a second process, not a third. */
  tries: number;
  /** When the present process was given it. */
  since: number;
}

/** Of pictures and tensors that wait, beside their number: large ones fill the memory sooner. */
const mostWaitingBytes = 256 * 2 ** 20;

const mostFacts = 100;

/** A process that has not answered a request for so long is taken for stuck. */
const mostMilliseconds = 60_000;

/**
 * Asks the inference process, which is started by the first question and again should it crash. What is asked at
 * once is bounded: one more is told to come back.
 */
export class Inference {
  readonly #config: Config;
  readonly #log: Log;
  readonly #pending = new Map<number, Pending>();
  /** By the model's key; the last used are kept. */
  readonly #facts = new Map<string, ModelFacts>();
  #waitingBytes = 0;
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

  get pid(): number | null {
    return this.#process?.pid ?? null;
  }

  /**
   * Refuses one more at once, before its body is read.
   *
   * @throws Problem 503 `busy`
   */
  checkRoom(bytes = 0): void {
    const { queue } = this.#config.predictions;
    const full = this.#pending.size >= queue || this.#waitingBytes + bytes > mostWaitingBytes;
    if (!full && !this.#closed) return;
    throw new Problem(503, 'busy', `Expected at most ${queue} predictions at once. Received one more.`, {
      hint: 'Try again in a second.',
      headers: { 'retry-after': '1' },
    });
  }

  /**
   * @throws Problem 503 `busy`; GraftError `data/*`, `model/*` for what the model can't be asked
   */
  ask<Q extends Question>(model: LocalModel, question: Q): Promise<AnswerTo<Q>> {
    const bytes = bytesOf(question);
    this.checkRoom(bytes);
    return new Promise((resolve, reject) => {
      const request = { id: this.#next++, model, question };
      this.#waitingBytes += bytes;
      const pending = { request, resolve, reject, tries: 1, since: 0 };
      this.#pending.set(request.id, pending);
      this.#send(pending);
    });
  }

  /**
   * What a client has to know of a model. It never changes, so that it is asked for only once.
   *
   * @throws as `ask`
   */
  async facts(model: LocalModel): Promise<ModelFacts> {
    const facts = this.#facts.get(model.key) ?? (await this.ask(model, { kind: 'inspect' }));
    this.#facts.delete(model.key);
    this.#facts.set(model.key, facts);
    const [oldest] = this.#facts.keys();
    if (this.#facts.size > mostFacts && oldest !== undefined) this.#facts.delete(oldest);
    return facts;
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
    const pending = this.#take(response.id);
    if (!pending) return;
    if ('answer' in response) pending.resolve(response.answer as never);
    else {
      const { code, message, hint, details } = response.failure;
      pending.reject(
        new GraftError(code as ErrorCode, message, {
          ...(hint && { hint }),
          ...(details !== null && { details: details as Record<string, unknown> }),
        }),
      );
    }
  }

  #take(id: number): Pending | undefined {
    const pending = this.#pending.get(id);
    this.#pending.delete(id);
    if (pending) this.#waitingBytes -= bytesOf(pending.request.question);
    return pending;
  }

  #restart(child: ChildProcess, code: number | null, signal: string | null): void {
    if (this.#process !== child) return;
    this.#process = null;
    if (this.#pending.size === 0) return;
    this.#log.error({ code, signal, waiting: this.#pending.size }, 'inference stopped, starting again');
    for (const [id, pending] of [...this.#pending]) {
      if (pending.tries++ < 2 && !this.#closed) this.#send(pending);
      else {
        this.#take(id);
        pending.reject(
          new Problem(
            500,
            'inference-crashed',
            'Expected an answer. The process that computes it crashed twice.',
          ),
        );
      }
    }
  }

  #killStuck(): void {
    const [oldest] = this.#pending.values();
    if (oldest && performance.now() - oldest.since > mostMilliseconds) this.#process?.kill('SIGKILL');
  }
}

function bytesOf(question: Question): number {
  if (question.kind === 'picture') return question.bytes.byteLength;
  return question.kind === 'tensor' ? question.values.byteLength : 0;
}
