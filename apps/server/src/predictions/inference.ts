import type { Config } from '../config.js';
import { Problem } from '../http/problem.js';
import type { Log } from '../log.js';
import type { LocalModel } from '../models/model.js';
import { InferenceClient } from './inference-client.js';
import type { AnswerTo, ModelFacts, Question } from './protocol.js';

/** Of pictures and tensors that wait, beside their number: large ones fill the memory sooner. */
const mostWaitingBytes = 256 * 2 ** 20;

const mostFacts = 100;

/**
 * Spreads questions over inference processes, which start when they are first needed. What is asked at once is
 * bounded: one more is told to come back.
 */
export class Inference {
  readonly #queue: number;
  readonly #clients: readonly InferenceClient[];
  /** By the model's key; the last used are kept. */
  readonly #facts = new Map<string, ModelFacts>();
  #waitingBytes = 0;
  #closed = false;

  constructor(config: Config, log: Log) {
    this.#queue = config.predictions.queue;
    this.#clients = Array.from(
      { length: config.predictions.processes },
      () => new InferenceClient(config, log),
    );
  }

  /** Questions that wait or run. */
  get waiting(): number {
    return this.#clients.reduce((sum, { waiting }) => sum + waiting, 0);
  }

  /** Of the processes that run now. */
  get pids(): number[] {
    return this.#clients.flatMap(({ pid }) => (pid === null ? [] : [pid]));
  }

  /**
   * Refuses one more at once, before its body is read.
   *
   * @throws Problem 503 `busy`
   */
  checkRoom(bytes = 0): void {
    const full = this.waiting >= this.#queue || this.#waitingBytes + bytes > mostWaitingBytes;
    if (!full && !this.#closed) return;
    throw new Problem(
      503,
      'busy',
      `Expected at most ${this.#queue} predictions at once. Received one more.`,
      {
        hint: 'Try again in a second.',
        headers: { 'retry-after': '1' },
      },
    );
  }

  /**
   * @throws Problem 503 `busy`; GraftError `data/*`, `model/*` for what the model can't be asked
   */
  async ask<Q extends Question>(model: LocalModel, question: Q): Promise<AnswerTo<Q>> {
    const bytes = bytesOf(question);
    this.checkRoom(bytes);
    this.#waitingBytes += bytes;
    try {
      return await this.#idlest().ask(model, question);
    } finally {
      this.#waitingBytes -= bytes;
    }
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

  /** Answers what was asked, then ends the processes. */
  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all(this.#clients.map((client) => client.close()));
  }

  /** Of equals the first: a second process starts only when there is something for both to do. */
  #idlest(): InferenceClient {
    return this.#clients.reduce((idlest, client) => (client.waiting < idlest.waiting ? client : idlest));
  }
}

function bytesOf(question: Question): number {
  if (question.kind === 'picture') return question.bytes.byteLength;
  return question.kind === 'tensor' ? question.values.byteLength : 0;
}
