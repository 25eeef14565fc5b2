import type { Readable } from 'node:stream';
import { GraftError } from '@graft/core';
import type busboy from 'busboy';
import { badForm } from './form-refusal.js';
import type { FormFile, Multipart, MultipartLimits } from './multipart.js';
import { shown } from './shown.js';
import { spool, tooLarge } from './spool.js';

export const MOST_FIELD_BYTES = 2 ** 16;
/** Of a field's or file's name, in UTF-8. */
const MOST_NAME_BYTES = 1024;

/** The parts of a form, taken as they come out of the parser. The first that is refused ends it all. */
export class FormParts {
  readonly #form: busboy.Busboy;
  readonly #limits: MultipartLimits;
  readonly #fields = new Map<string, string>();
  readonly #files: FormFile[] = [];
  readonly #failure = new AbortController();
  /** The last file, which may have to wait for more of the request, and the one before, which has all that it needs. */
  #last: Promise<void> = Promise.resolve();
  #before: Promise<void> = this.#last;
  /** Aborted with what is wrong. */
  readonly failed: AbortSignal = this.#failure.signal;
  /** Resolves when the parser has seen the end. */
  readonly closed: Promise<void>;

  constructor(form: busboy.Busboy, limits: MultipartLimits) {
    this.#form = form;
    this.#limits = limits;
    const refuse = (error: unknown) => this.#failure.abort(error);
    const tooMany = (what: string) => () => refuse(tooManyParts(what, limits));
    const attempt = (take: () => void) => {
      if (this.failed.aborted) return;
      try {
        take();
      } catch (error) {
        refuse(error);
      }
    };
    form.on('field', (name, value, info) => attempt(() => this.#takeField(name, value, info)));
    form.on('file', (name, stream, info) => {
      stream.on('error', () => {}); // told by the form
      attempt(() => this.#takeFile(name, stream, info));
    });
    form.on('filesLimit', tooMany('files'));
    form.on('fieldsLimit', tooMany('fields'));
    form.on('partsLimit', tooMany('parts'));
    form.on('error', (error) => refuse(badForm((error as Error).message, undefined, error)));
    this.closed = new Promise((resolve) => form.once('close', resolve));
  }

  /** Resolves when no more than one file is still being written: a few bytes can hold hundreds. */
  caughtUp(): Promise<void> {
    return this.#before;
  }

  /** @throws what was wrong with a part */
  async whole(): Promise<Multipart> {
    await this.#last;
    this.failed.throwIfAborted();
    return { fields: Object.fromEntries(this.#fields), files: this.#files, dispose: () => this.#dispose() };
  }

  /** Ends the parser and removes what was written. */
  async drop(): Promise<void> {
    this.#form.destroy();
    await this.#last.catch(() => {});
    await this.#dispose();
  }

  #takeField(name: string | undefined, value: string, { valueTruncated }: busboy.FieldInfo): void {
    const field = this.#checkedName(name);
    if (valueTruncated) throw tooLarge(MOST_FIELD_BYTES);
    if (this.#fields.has(field)) throw badForm(`the field ${shown(field)} twice`);
    this.#fields.set(field, value);
  }

  #takeFile(name: string | undefined, stream: Readable, { filename, mimeType }: busboy.FileInfo): void {
    const field = this.#checkedName(name);
    const { directory, maxBytes } = this.#limits;
    if (!filename) throw badForm(`a file without a name in the field ${shown(field)}`);
    if (/\p{Cc}/u.test(filename) || Buffer.byteLength(filename) > MOST_NAME_BYTES) {
      throw badForm(`a file called ${shown(filename)}`);
    }
    this.#before = this.#last;
    this.#last = this.#last.then(async () => {
      const spooled = await spool(stream, { directory, maxBytes });
      this.#files.push({ field, name: filename, type: mimeType, spooled });
    });
    this.#last.catch((error: unknown) => this.#failure.abort(error));
  }

  #checkedName(name: string | undefined): string {
    if (!name) throw badForm('a part without a name');
    if (/\p{Cc}/u.test(name) || Buffer.byteLength(name) > MOST_NAME_BYTES) {
      throw badForm(`a field called ${shown(name)}`);
    }
    // Also between brackets and dots, which some programs take for paths into an object.
    if (/(^|[^a-z_])(__proto__|constructor|prototype)($|[^a-z_])/i.test(name)) {
      throw badForm(`a field called ${shown(name)}`);
    }
    return name;
  }

  async #dispose(): Promise<void> {
    for (const { spooled } of this.#files) await spooled.dispose();
  }
}

function tooManyParts(what: string, { maxFiles }: MultipartLimits): GraftError {
  return new GraftError(
    'data/too-many-parts',
    `Expected a form of a few fields and at most ${maxFiles} files. Received more ${what}.`,
    {
      hint: 'Put many files into one zip file.',
      details: { maxFiles },
    },
  );
}
