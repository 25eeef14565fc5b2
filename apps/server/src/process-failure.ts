import { type ErrorCode, GraftError } from '@graft/core';

/** An error on its way from one of our processes to another. */
export interface ProcessFailure {
  readonly code: string;
  readonly message: string;
  readonly hint: string | null;
  readonly details: unknown;
}

/**
 * What a process tells its parent of an error. Of one that nobody foresaw, only the log gets to see more.
 *
 * @param bug the code of such a one
 */
export function failureOf(error: unknown, bug: ErrorCode): ProcessFailure {
  if (error instanceof GraftError) return error.toJSON();
  process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
  return { code: bug, message: 'Something went wrong that should not.', hint: null, details: null };
}

/** The error as the parent throws it on. */
export function errorFrom({ code, message, hint, details }: ProcessFailure): GraftError {
  return new GraftError(code as ErrorCode, message, {
    ...(hint && { hint }),
    ...(details !== null && { details: details as Record<string, unknown> }),
  });
}
