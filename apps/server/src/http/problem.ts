import { type ErrorFamily, GraftError } from '@graft/core';
import { ZodError } from 'zod';
import { BlobMissing } from '../stores/blobs.js';
import { RowConflict } from '../stores/records.js';

export interface ProblemOptions {
  /** What to try next. */
  readonly hint?: string | null;
  /** The field at fault: a name in the body, the path or the query. */
  readonly field?: string | null;
  readonly details?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly cause?: unknown;
}

/**
 * An answer that says what was wrong with a request.
 *
 * @example
 * throw new Problem(404, 'not-found', 'Expected a job. Received "x1", which is none of yours.', { field: 'job' });
 */
export class Problem extends Error {
  override readonly name = 'Problem';
  readonly status: number;
  /** Stable for programs. */
  readonly code: string;
  readonly options: ProblemOptions;

  constructor(status: number, code: string, message: string, options: ProblemOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.status = status;
    this.code = code;
    this.options = options;
  }
}

/** RFC 9457, and under `error` the same in OpenAI's shape, which its clients print. */
export interface ProblemBody {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly instance: string;
  readonly hint: string | null;
  readonly field: string | null;
  readonly details: unknown;
  readonly error: {
    readonly message: string;
    readonly type: string;
    readonly param: string | null;
    readonly code: string;
  };
}

export function problemBody({ status, code, message, options }: Problem, requestId: string): ProblemBody {
  const { hint = null, field = null, details = null } = options;
  return {
    type: `urn:graft:problem:${code}`,
    title: titles[status] ?? 'Error',
    status,
    detail: message,
    instance: `urn:graft:request:${requestId}`,
    hint,
    field,
    details,
    error: {
      message: hint ? `${message} ${hint}` : message,
      type: status >= 500 ? 'server_error' : 'invalid_request_error',
      param: field,
      code,
    },
  };
}

/** Whatever a handler threw, as an answer. What is nobody's fault but ours tells nothing of our insides. */
export function problemOf(error: unknown): Problem {
  if (error instanceof Problem) return error;
  if (error instanceof ZodError) return fieldProblem(error);
  if (error instanceof RowConflict) {
    return new Problem(
      409,
      'conflict',
      'Expected to be the only one who changes this. Somebody was faster.',
      {
        hint: 'Read it again, and try again.',
      },
    );
  }
  if (error instanceof BlobMissing) {
    return new Problem(410, 'gone', 'Expected the bytes to be there. They were removed meanwhile.');
  }
  if (error instanceof GraftError) {
    const status = statusOfCode[error.code] ?? statusOf[error.family] ?? 500;
    if (status !== 500) {
      return new Problem(status, error.code, error.message, {
        hint: error.hint,
        details: error.details,
        cause: error,
      });
    }
  }
  if (isUnavailable(error)) {
    return new Problem(503, 'store-unavailable', 'Expected the store to answer. It does not at the moment.', {
      hint: 'Try again in a few seconds.',
      headers: { 'retry-after': '5' },
      cause: error,
    });
  }
  const fromExpress = expressProblem(error);
  if (fromExpress) return fromExpress;
  return new Problem(500, 'bug/unexpected', 'Something went wrong that should not.', {
    hint: 'This is a fault of graft. The server log has it under the request id.',
    cause: error,
  });
}

/** Where HTTP has a better word than that of the family. */
const statusOfCode: Readonly<Record<string, number>> = {
  'model/unknown': 404,
  'data/too-large': 413,
  'data/too-many-parts': 413,
  'data/too-many-files': 413,
  'data/bad-form': 400,
  'data/upload-aborted': 400,
};

const statusOf: Partial<Record<ErrorFamily, number>> = {
  usage: 422,
  recipe: 422,
  data: 422,
  model: 422,
  backend: 503,
  resource: 507,
};

function fieldProblem(error: ZodError): Problem {
  const [first] = error.issues;
  const field = first?.path.join('.') || null;
  const named = error.issues.map(({ path, message }) => `${path.join('.') || 'body'}: ${message}`);
  return new Problem(
    400,
    'invalid-request',
    `Expected a request as /openapi.json says. Received: ${named.join('; ')}.`,
    {
      field,
      details: error.issues.map(({ path, message }) => ({ field: path.join('.'), message })),
    },
  );
}

/** Errors of body parsers and of the router carry a status and are safe to show. */
function expressProblem(error: unknown): Problem | null {
  const { status, expose, type, message } = (error ?? {}) as Record<string, unknown>;
  if (typeof status !== 'number' || status >= 500 || expose === false) return null;
  const code = typeof type === 'string' ? type.replaceAll('.', '-') : 'bad-request';
  return new Problem(status, code, `Expected a request that can be read. ${String(message)}.`, {
    cause: error,
  });
}

const isUnavailable = (error: unknown): boolean =>
  error instanceof Error && error.name === 'StoreUnavailable';

const titles: Readonly<Record<number, string>> = {
  400: 'Bad request',
  401: 'Key needed',
  403: 'Not allowed',
  404: 'Not found',
  405: 'Method not allowed',
  408: 'Too slow',
  409: 'Conflict',
  410: 'Gone',
  412: 'Changed meanwhile',
  413: 'Too large',
  415: 'Unsupported media type',
  417: 'Expectation failed',
  421: 'Wrong host',
  422: 'Cannot be done',
  428: 'If-Match needed',
  429: 'Too many requests',
  431: 'Headers too large',
  500: 'Fault of the server',
  503: 'Try again later',
  507: 'Out of memory or disk',
};
