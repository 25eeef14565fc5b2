import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { photosZip } from './photos.mjs';

/** The HTTP API as a patient client calls it: what got no answer, or a 503, is sent again. */
export class Client {
  #url;
  /** How often it was told to come back, by status; 0 where nobody answered. */
  refusals = {};

  /** @param url function, for servers come back at other ports */
  constructor(url) {
    this.#url = url;
  }

  async call(method, path, body = null, headers = {}) {
    for (;;) {
      const response = await fetch(`${this.#url()}${path}`, {
        method,
        body,
        headers,
        signal: AbortSignal.timeout(30_000),
      }).catch(() => null);
      if (response?.ok) {
        const answer = await response.json().catch(() => null); // null: it was killed while it answered
        if (answer) return answer;
      }
      const status = response?.status ?? 0;
      if (![0, 200, 429, 503, 507].includes(status)) {
        throw new Error(`${method} ${path} was answered ${status}: ${await response.text()}`);
      }
      this.refusals[status] = (this.refusals[status] ?? 0) + 1;
      await sleep(200);
    }
  }

  async upload(zip = photosZip()) {
    const form = new FormData();
    form.set('purpose', 'fine-tune');
    form.set('file', new Blob([zip]), 'photos.zip');
    return (await this.call('POST', '/v1/files', form)).id;
  }

  /** Asked for once, however often it is sent. */
  submit(file, seed, epochs = 3, model = 'iconnet') {
    const body = { model, training_file: file, seed, hyperparameters: { n_epochs: epochs } };
    return this.call('POST', '/v1/fine_tuning/jobs', JSON.stringify(body), {
      'content-type': 'application/json',
      'idempotency-key': randomUUID(),
    });
  }

  job(id) {
    return this.call('GET', `/v1/fine_tuning/jobs/${id}`);
  }

  async events(id) {
    const { data } = await this.call('GET', `/v1/fine_tuning/jobs/${id}/events?limit=1000`);
    return data.map((event) => event.data);
  }

  async all(path) {
    const found = [];
    for (let after = ''; ; after = `&after=${found.at(-1).id}`) {
      const { data, has_more: more } = await this.call('GET', `${path}?limit=100${after}`);
      found.push(...data);
      if (!more) return found;
    }
  }

  /** Waits until a job is over. */
  async over(id) {
    for (;;) {
      const job = await this.job(id);
      if (['succeeded', 'failed', 'cancelled'].includes(job.status)) return job;
      await sleep(300);
    }
  }
}
