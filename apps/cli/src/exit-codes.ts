import type { ErrorCode, ErrorFamily } from '@graft/core';

/** What a shell sees; the help lists them. */
export const exitCodes = {
  ok: 0,
  bug: 1,
  usage: 2,
  recipe: 3,
  data: 4,
  model: 5,
  resource: 6,
  mismatch: 8,
  /** 128 + the number of SIGINT; SIGTERM gives 143. */
  interrupted: 130,
} as const;

const byFamily: Readonly<Record<ErrorFamily, number>> = {
  usage: exitCodes.usage,
  backend: exitCodes.usage,
  recipe: exitCodes.recipe,
  data: exitCodes.data,
  model: exitCodes.model,
  resource: exitCodes.resource,
  proof: exitCodes.mismatch,
  interrupted: exitCodes.interrupted,
  bug: exitCodes.bug,
};

/**
 * The exit code of an error, by its family.
 *
 * @example
 * exitCodeOf('data/one-class'); // 4
 */
export function exitCodeOf(code: ErrorCode): number {
  return byFamily[code.slice(0, code.indexOf('/')) as ErrorFamily] ?? exitCodes.bug;
}

export const exitCodeHelp = `Exit codes:
  0    done
  1    a fault of graft
  2    usage: a flag, an unknown layer, a backend that cannot be used, --out that is not empty
  3    recipe
  4    data: not there, empty, bad
  5    model: unknown name, not there, bad, damaged
  6    memory or disk
  8    a frozen weight moved, or a run that is not what its record says
  130  interrupted (Ctrl-C; the best epoch is kept where there is one); 143 by SIGTERM`;
