import type { ErrorCode } from '@graft/core';

/**
 * Same fields as core's `GraftError`, for what goes wrong before core is loaded: with it comes TensorFlow.js,
 * half a second that a mistyped flag should not cost.
 */
export class CliError extends Error {
  override readonly name = 'CliError';
  readonly code: ErrorCode;
  readonly hint: string | null;
  readonly details: Readonly<Record<string, unknown>> | null;

  constructor(
    code: ErrorCode,
    message: string,
    options: { readonly hint?: string; readonly details?: Readonly<Record<string, unknown>> } = {},
  ) {
    super(message);
    this.code = code;
    this.hint = options.hint ?? null;
    this.details = options.details ?? null;
  }
}
