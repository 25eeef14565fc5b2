import type { IncomingHttpHeaders } from 'node:http';
import type { Readable } from 'node:stream';
import busboy from 'busboy';
import { abortable } from './abortable.js';
import { FormParts, MOST_FIELD_BYTES } from './form-parts.js';
import { badForm } from './form-refusal.js';
import { shown } from './shown.js';
import { incoming, type Spooled, tooLarge } from './spool.js';

const MOST_FIELDS = 32;

export interface MultipartLimits {
  /** Where files go until they are disposed. */
  readonly directory: string;
  /** Of the whole request. */
  readonly maxBytes: number;
  readonly maxFiles: number;
  /** 32 if not given. */
  readonly maxFields?: number;
  readonly signal?: AbortSignal | undefined;
}

export interface FormFile {
  readonly field: string;
  /** As the client gave it, folders included: not yet safe as a path. Without control characters. */
  readonly name: string;
  /** The media type that the client states. */
  readonly type: string;
  readonly spooled: Spooled;
}

/** A form that has come in completely. Who read it disposes it. */
export interface Multipart {
  readonly fields: Readonly<Record<string, string>>;
  /** In the order of the request. */
  readonly files: readonly FormFile[];
  /** Removes all files; may be called twice. */
  dispose(): Promise<void>;
}

/**
 * Reads a `multipart/form-data` request; its files go to the disk. Where that fails nothing is left there, and the
 * request is not destroyed: it can still be answered.
 *
 * @throws GraftError `data/bad-form`, `data/too-large`, `data/too-many-parts`, `data/upload-aborted`,
 *   `resource/disk-full`
 *
 * @example
 * const { fields, files, dispose } = await readMultipart(request, limits);
 * fields.purpose; // 'fine-tune'
 */
export async function readMultipart(
  request: Readable & { readonly headers: IncomingHttpHeaders },
  limits: MultipartLimits,
): Promise<Multipart> {
  const form = openForm(request.headers, limits);
  const parts = new FormParts(form, limits);
  const guard = abortable(parts.failed);
  try {
    let bytes = 0;
    for await (const chunk of incoming(request, limits.signal)) {
      bytes += chunk.length;
      if (bytes > limits.maxBytes) throw tooLarge(limits.maxBytes);
      await guard.wait(new Promise<unknown>((resolve) => form.write(chunk, resolve)));
      await guard.wait(parts.caughtUp());
    }
    form.end();
    await guard.wait(parts.closed);
    return await parts.whole();
  } catch (error) {
    await parts.drop();
    throw error;
  } finally {
    guard.release();
  }
}

function openForm(
  headers: IncomingHttpHeaders,
  { maxFiles, maxFields = MOST_FIELDS }: MultipartLimits,
): busboy.Busboy {
  const type = headers['content-type'] ?? '';
  if (!/^multipart\/form-data\s*;/i.test(type)) {
    throw badForm(`the content type ${shown(type)}`, 'With curl: -F file=@photos.zip');
  }
  try {
    return busboy({
      headers,
      preservePath: true,
      defParamCharset: 'utf8',
      // Parts without a name count only here. This limit and that of a field are told when they are reached, and are
      // allowed to be.
      limits: {
        files: maxFiles,
        fields: maxFields,
        parts: maxFiles + maxFields + 1,
        fieldSize: MOST_FIELD_BYTES + 1,
      },
    });
  } catch (error) {
    throw badForm((error as Error).message, undefined, error);
  }
}
