/** Which part of the input is at fault; each front end maps a family to its exit code or HTTP status. */
export type ErrorFamily =
  | 'usage' // a flag, an argument, an unknown layer or glob
  | 'recipe' // the recipe does not parse or contradicts itself
  | 'data' // folders, images, tables
  | 'model' // the pretrained model or a saved run
  | 'backend' // a backend that was asked for cannot be used
  | 'resource' // memory or disk
  | 'proof' // a frozen weight moved, or a run does not match its record
  | 'interrupted'
  | 'bug';

/** Stable for programs: `family/what-happened`, for example `data/empty-class`. */
export type ErrorCode = `${ErrorFamily}/${string}`;

export interface GraftErrorOptions {
  /** What to try next, one sentence. */
  readonly hint?: string;
  /** Plain JSON that names the things at fault (files, layers, values). */
  readonly details?: Readonly<Record<string, unknown>>;
  readonly cause?: unknown;
}

/**
 * The one error type of Graft. Its message says what was expected and what came; its hint, what to try.
 *
 * @example
 * throw new GraftError('data/one-class', 'Expected at least two labels. Received one: "car".', {
 *   hint: 'Add a folder with examples of another label.',
 *   details: { labels: ['car'] },
 * });
 */
export class GraftError extends Error {
  override readonly name = 'GraftError';
  readonly code: ErrorCode;
  readonly hint: string | null;
  readonly details: Readonly<Record<string, unknown>> | null;

  constructor(code: ErrorCode, message: string, options: GraftErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.hint = options.hint ?? null;
    this.details = options.details ?? null;
  }

  get family(): ErrorFamily {
    return this.code.slice(0, this.code.indexOf('/')) as ErrorFamily;
  }

  /** `{ code, message, hint, details }`: what terminal, HTTP and page send on. */
  toJSON(): { code: ErrorCode; message: string; hint: string | null; details: unknown } {
    return { code: this.code, message: this.message, hint: this.hint, details: this.details };
  }
}

/** Something that deserves a person's eye but does not stop the run. */
export interface Warning {
  readonly code: string;
  readonly message: string;
}
