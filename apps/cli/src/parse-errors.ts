import type { CommanderError } from 'commander';
import { CliError } from './cli-error.js';

interface Reading {
  readonly code: `usage/${string}`;
  readonly expected: string;
}

/** What commander calls its errors, and what we say instead. */
const readings: Readonly<Record<string, Reading>> = {
  'commander.unknownOption': { code: 'usage/unknown-flag', expected: 'a flag of this command' },
  'commander.unknownCommand': { code: 'usage/unknown-command', expected: 'a command' },
  'commander.missingArgument': { code: 'usage/missing-argument', expected: 'all arguments of this command' },
  'commander.optionMissingArgument': {
    code: 'usage/missing-value',
    expected: 'a value after a flag that takes one',
  },
  'commander.missingMandatoryOptionValue': {
    code: 'usage/missing-flag',
    expected: 'all flags that this command needs',
  },
  'commander.excessArguments': {
    code: 'usage/too-many-arguments',
    expected: 'no more arguments than this command takes',
  },
};

/** Commander's error in our form: its message is `error: WHAT` with `(Did you mean X?)` on a second line. */
export function parseError({ code, message }: CommanderError): CliError {
  if (code === 'commander.help') return noCommand();
  const reading = readings[code] ?? {
    code: 'usage/bad-command-line',
    expected: 'a command line that can be read',
  };
  const [what = '', suggestion] = message.replace(/^error: /, '').split('\n');
  const similar = /Did you mean (?:one of )?(.+)\?/.exec(suggestion ?? '')?.[1];
  return new CliError(reading.code, `Expected ${reading.expected}. Received: ${what.replace(/\.$/, '')}.`, {
    hint: similar
      ? `Did you mean ${similar}?`
      : 'graft --help lists the commands, graft COMMAND --help their flags.',
    details: { similar: similar ?? null },
  });
}

function noCommand(): CliError {
  return new CliError(
    'usage/no-command',
    'Expected a command: inspect, tune, evaluate, predict, verify or doctor. Received none.',
    { hint: 'graft --help tells about them.' },
  );
}
