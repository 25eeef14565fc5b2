import type * as z from 'zod';
import type { fileSchema } from './routes/file-routes.js';
import type { createJobSchema, jobSchema } from './routes/job-body.js';
import type { eventSchema } from './routes/job-event-body.js';
import type { answerSchema } from './routes/predict-routes.js';

export type FileObject = z.infer<typeof fileSchema>;
export type JobObject = z.infer<typeof jobSchema>;
export type JobEventObject = z.infer<typeof eventSchema>;
export type JobWishes = z.input<typeof createJobSchema>;
export type AnswerObject = z.infer<typeof answerSchema>;

/** What the server said was wrong: `code` is stable, `status` that of HTTP. */
export class GraftClientError extends Error {
  override readonly name = 'GraftClientError';
  readonly status: number;
  readonly code: string;

  constructor(
    status: number,
    body: { readonly detail?: string; readonly error?: { readonly code?: string } },
  ) {
    super(body.detail ?? `HTTP ${status}`);
    this.status = status;
    this.code = body.error?.code ?? 'unknown';
  }
}

/**
 * The whole story in a few calls; runs wherever there is `fetch`. Its types are those that the server checks with.
 *
 * @param url for example `http://127.0.0.1:8900`
 * @param key not needed on loopback
 *
 * @example
 * const graft = graftClient('http://127.0.0.1:8900');
 * const file = await graft.upload('photos.zip', photos);
 * const job = await graft.finished((await graft.fineTune({ model: 'squeezenet', training_file: file.id })).id);
 * const { predictions } = await graft.predict(job.fine_tuned_model, picture);
 */
export function graftClient(url: string, key?: string) {
  const headers: Record<string, string> = key === undefined ? {} : { authorization: `Bearer ${key}` };

  async function asked(path: string, init: RequestInit = {}): Promise<Response> {
    const response = await fetch(new URL(path, url), { ...init, headers: { ...headers, ...init.headers } });
    if (!response.ok)
      throw new GraftClientError(response.status, (await response.json().catch(() => ({}))) as object);
    return response;
  }
  const json = async <T>(path: string, init?: RequestInit): Promise<T> =>
    (await asked(path, init)).json() as Promise<T>;
  const posted = (body: unknown): RequestInit => ({
    method: 'POST',
    body: JSON.stringify(body),
    headers: { 'content-type': 'application/json' },
  });

  const client = {
    /** @param data a zip of LABEL/*.jpg, or a CSV table */
    upload(name: string, data: Blob): Promise<FileObject> {
      const form = new FormData();
      form.append('purpose', 'fine-tune');
      form.append('file', data, name);
      return json('/v1/files', { method: 'POST', body: form });
    },
    fineTune: (wishes: JobWishes): Promise<JobObject> => json('/v1/fine_tuning/jobs', posted(wishes)),
    job: (id: string): Promise<JobObject> => json(`/v1/fine_tuning/jobs/${id}`),
    cancel: (id: string): Promise<JobObject> => json(`/v1/fine_tuning/jobs/${id}/cancel`, { method: 'POST' }),
    /** What happens to a job, from its beginning until it is over. */
    async *events(id: string, signal?: AbortSignal): AsyncGenerator<JobEventObject> {
      const { body } = await asked(`/v1/fine_tuning/jobs/${id}/events?stream=true`, signal ? { signal } : {});
      let text = '';
      for await (const chunk of (body ?? new ReadableStream()).pipeThrough(new TextDecoderStream())) {
        const blocks = (text + chunk).split('\n\n');
        text = blocks.pop() ?? '';
        for (const block of blocks) {
          const [, data] = /^event: event\ndata: (.*)$/m.exec(block) ?? [];
          if (data !== undefined) yield JSON.parse(data);
        }
      }
    },
    /** Waits for the end of a job, however it ends. */
    async finished(id: string): Promise<JobObject> {
      for await (const _ of client.events(id));
      return client.job(id);
    },
    /** @param picture a JPEG, PNG or WebP file */
    predict(model: string, picture: Blob, { top }: { readonly top?: number } = {}): Promise<AnswerObject> {
      const query = top === undefined ? '' : `?top=${top}`;
      const type = picture.type || 'application/octet-stream';
      return json(`/api/models/${model}/predict${query}`, {
        method: 'POST',
        body: picture,
        headers: { 'content-type': type },
      });
    },
  };
  return client;
}
