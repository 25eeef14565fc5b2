import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { EvaluateResult } from '@graft/node/results';
import { kill, startProcess } from '../child-process.js';
import type { Config } from '../config.js';
import type { FileStore } from '../files/file-store.js';
import { Problem } from '../http/problem.js';
import { newId } from '../ids.js';
import type { Log } from '../log.js';
import type { ModelStore } from '../models/model-store.js';
import { errorFrom } from '../process-failure.js';
import type { Scratch } from '../scratch.js';
import type { Change, Records, Row, RowPage } from '../stores/records.js';
import type { EvaluationAnswer, EvaluationOrder } from './evaluation-protocol.js';

/** How well a model did on a data set. */
export interface Evaluation {
  readonly model: string;
  readonly dataset: string;
  readonly result: EvaluateResult;
}

export type EvaluationRow = Row<Evaluation>;

interface Parts {
  readonly config: Config;
  readonly log: Log;
  readonly records: Records;
  readonly files: FileStore;
  readonly models: ModelStore;
  readonly scratch: Scratch;
}

/** Tests models on data sets, one at a time, in a process of their own. */
export class EvaluationStore {
  readonly #parts: Parts;
  #busy = false;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /**
   * Evaluates and keeps the result.
   *
   * @param alongside changes to make in the same commit
   * @param signal gives up
   * @throws Problem 404, 503 while another runs; GraftError `data/*` for data that the model can't be tested on
   */
  async create(
    tenant: string,
    { model, dataset }: Pick<Evaluation, 'model' | 'dataset'>,
    signal: AbortSignal,
    alongside: (id: string) => readonly Change[] = () => [],
  ): Promise<EvaluationRow> {
    if (this.#busy) {
      throw new Problem(503, 'busy', 'Expected one evaluation at a time. Another one runs.', {
        hint: 'Try again when it is over.',
        headers: { 'retry-after': '5' },
      });
    }
    this.#busy = true;
    const { files, models, scratch, config, records } = this.#parts;
    const folder = await scratch.newFolder('evaluation');
    try {
      const { name, place } = await models.local(tenant, model);
      const data = await files.unpack(tenant, dataset, null, join(folder, 'data'));
      const result = await this.#run({ model: place, data, backend: config.backend }, folder, signal);
      const body: Evaluation = { model: name, dataset, result };
      const id = newId('evaluation');
      const [row] = await records.commit([
        { type: 'create', key: { kind: 'evaluation', tenant, id }, state: null, body },
        ...alongside(id),
      ]);
      return row as EvaluationRow;
    } finally {
      this.#busy = false;
      await rm(folder, { recursive: true, force: true });
    }
  }

  find(tenant: string, id: string): Promise<EvaluationRow | null> {
    return this.#parts.records.get<Evaluation>({ kind: 'evaluation', tenant, id });
  }

  list(tenant: string, page: RowPage): Promise<EvaluationRow[]> {
    return this.#parts.records.list<Evaluation>({ kind: 'evaluation', tenant }, page);
  }

  async #run(order: EvaluationOrder, cwd: string, signal: AbortSignal): Promise<EvaluateResult> {
    const { log, config } = this.#parts;
    const { jobMemoryMB, jobSeconds } = config.limits;
    const onOutput = (line: string) => log.info({ line }, 'output of an evaluation');
    const child = startProcess('./evaluate-process.js', import.meta.url, {
      heapMB: jobMemoryMB,
      cwd,
      onOutput,
      patient: true,
    });
    const limit = AbortSignal.any([signal, AbortSignal.timeout(jobSeconds * 1000)]);
    try {
      const answer = await new Promise<EvaluationAnswer>((resolve, reject) => {
        child.once('message', (message) => resolve(message as EvaluationAnswer));
        child.once('error', reject).once('exit', () => reject(crashed()));
        limit.addEventListener('abort', () => reject(limit.reason), { once: true });
        child.send(order);
      });
      if ('result' in answer) return answer.result;
      throw errorFrom(answer.failure);
    } finally {
      await kill(child);
    }
  }
}

function crashed(): Problem {
  return new Problem(
    500,
    'evaluation-crashed',
    'Expected an answer. The process that computes it ended before.',
    {
      hint: 'It may have run out of memory: try a smaller data set.',
    },
  );
}
