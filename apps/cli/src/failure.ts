import type { ErrorCode } from '@graft/core';

/** What is shown of an error, as prose or as JSON. */
export interface Failure {
  readonly code: ErrorCode;
  readonly message: string;
  readonly hint: string | null;
  readonly details: unknown;
}

/** Whatever was thrown, in the shape that people and programs get to see. */
export function failureOf(error: unknown): Failure {
  if (isFailure(error)) {
    const { code, message, hint, details } = error;
    return { code, message, hint, details };
  }
  if (isOutOfMemory(error)) {
    return {
      code: 'resource/memory',
      message: `Expected enough memory. Received: ${error.message}.`,
      hint: 'Try a smaller --batch-size, smaller pictures or less data at once.',
      details: null,
    };
  }
  return {
    code: 'bug/unexpected',
    message: `Something went wrong that should not: ${error instanceof Error ? error.message : String(error)}`,
    hint: 'This is a fault of graft. Please report it with the command and these details.',
    details: error instanceof Error ? { stack: error.stack ?? null } : null,
  };
}

/** By its name and not by its class: core's class would have to be loaded to be compared with. */
function isFailure(error: unknown): error is Error & Failure {
  return error instanceof Error && (error.name === 'GraftError' || error.name === 'CliError');
}

/** As V8 and WebAssembly say it. */
function isOutOfMemory(error: unknown): error is Error {
  return (
    error instanceof Error &&
    /allocation failed|invalid array (buffer )?length|cannot enlarge memory|out of memory/i.test(
      error.message,
    )
  );
}
