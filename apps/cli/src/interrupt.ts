import { CliError } from './cli-error.js';

/** What Ctrl-C and SIGTERM mean for a command that runs. */
export interface Interrupt {
  /** Drops the work: nothing is left of it. */
  readonly signal: AbortSignal;
  /** Ends the work and keeps its best epoch. */
  readonly stop: AbortSignal;
  /** 130 or 143, by the first signal; null: none came. */
  readonly exitCode: number | null;
  /** From now on there is an epoch to keep. */
  epochFinished(): void;
}

/**
 * The first signal stops a training that has an epoch to keep; before that, in commands that do not train, and
 * the second time it drops the work.
 */
export function listenForInterrupt(): Interrupt {
  const drop = new AbortController();
  const stop = new AbortController();
  let exitCode: number | null = null;
  let hasEpoch = false;
  const onSignal = (code: number) => () => {
    const first = exitCode === null;
    exitCode ??= code;
    if (first && hasEpoch) stop.abort();
    else drop.abort(dropped(hasEpoch));
  };
  process.on('SIGINT', onSignal(130));
  process.on('SIGTERM', onSignal(143));
  return {
    signal: drop.signal,
    stop: stop.signal,
    get exitCode() {
      return exitCode;
    },
    epochFinished() {
      hasEpoch = true;
    },
  };
}

function dropped(hasEpoch: boolean): CliError {
  return new CliError(
    'interrupted/dropped',
    'Expected to finish. Received a signal to end at once; nothing was written.',
    {
      hint: hasEpoch
        ? 'A single Ctrl-C keeps the best epoch.'
        : 'Once the first epoch of a training is finished, Ctrl-C keeps the best one.',
    },
  );
}
