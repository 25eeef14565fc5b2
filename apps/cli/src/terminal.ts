import type { Warning } from '@graft/core';
import pc from 'picocolors';
import type { CliEvent } from './events.js';
import { exitCodeOf } from './exit-codes.js';
import { type Failure, failureOf } from './failure.js';
import type { GlobalFlags } from './global-flags.js';
import { Progress } from './progress.js';
import { harmless, jsonLine } from './terminal-text.js';

export type Colors = ReturnType<typeof pc.createColors>;

/** How a command speaks: its result on stdout, everything else on stderr. */
export interface Terminal {
  /** Once a command: one line of JSON with --json, else prose. The prose must be harmless already. */
  result(value: unknown, prose: (colors: Colors) => string): void;
  /** Text that the parser makes: help and version. */
  text(text: string): void;
  /** Something worth knowing that is no result. */
  notice(message: string): void;
  warn(warning: Warning): void;
  event(event: CliEvent): void;
  /** Shows an error; returns its exit code. */
  fail(error: unknown): number;
}

export function createTerminal(
  flags: GlobalFlags,
  { stdout, stderr, env }: NodeJS.Process = process,
): Terminal {
  const colors = pc.createColors(wantsColor(stdout, flags, env));
  const errorColors = pc.createColors(wantsColor(stderr, flags, env));
  const progress = flags.quiet || flags.events ? null : new Progress(stderr);
  const say = (line: string) => {
    progress?.clear();
    stderr.write(`${line}\n`);
  };
  return {
    result(value, prose) {
      progress?.clear();
      stdout.write(flags.json ? jsonLine(value) : `${prose(colors)}\n`);
    },
    text(text) {
      stdout.write(flags.json ? jsonLine(text.trimEnd()) : text);
    },
    notice(message) {
      if (flags.events) stderr.write(jsonLine({ type: 'notice', message }));
      else if (!flags.quiet) say(errorColors.dim(harmless(message)));
    },
    warn(warning) {
      if (flags.events) stderr.write(jsonLine({ type: 'warning', ...warning }));
      else if (!flags.quiet) say(`${errorColors.yellow('warning:')} ${harmless(warning.message)}`);
    },
    event(event) {
      if (flags.events) stderr.write(jsonLine(event));
      else progress?.show(event);
    },
    fail(error) {
      const failure = failureOf(error);
      if (flags.json) stdout.write(jsonLine({ error: failure }));
      if (flags.events) stderr.write(jsonLine({ type: 'error', ...failure }));
      else if (!flags.json) say(errorProse(failure, errorColors));
      return exitCodeOf(failure.code);
    },
  };
}

function errorProse({ code, message, hint, details }: Failure, colors: Colors): string {
  const lines = [`${colors.red('error:')} ${harmless(message)} ${colors.dim(`[${code}]`)}`];
  if (hint) lines.push(harmless(hint));
  const stack = code.startsWith('bug/') && (details as { stack?: string } | null)?.stack;
  if (stack) lines.push(...stack.split('\n').map(harmless));
  return lines.join('\n');
}

/** no-color.org: NO_COLOR counts unless it is empty. */
function wantsColor(
  { isTTY }: { readonly isTTY?: boolean },
  flags: GlobalFlags,
  env: NodeJS.ProcessEnv,
): boolean {
  return flags.color && !env.NO_COLOR && isTTY === true && env.TERM !== 'dumb';
}
