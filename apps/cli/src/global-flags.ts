/** Flags that hold for every command, wherever they stand. */
export interface GlobalFlags {
  readonly json: boolean;
  readonly quiet: boolean;
  readonly color: boolean;
  /** Events as NDJSON on stderr instead of progress. */
  readonly events: boolean;
}

/**
 * Reads the flags that decide how to speak without parsing the rest: a command line that does not parse needs
 * them too.
 */
export function globalFlagsIn(argv: readonly string[]): GlobalFlags {
  const end = argv.indexOf('--');
  const flags = end < 0 ? argv : argv.slice(0, end);
  return {
    json: flags.includes('--json'),
    quiet: flags.includes('--quiet'),
    color: !flags.includes('--no-color'),
    events: flags.some(
      (flag, index) => flag === '--events=ndjson' || (flag === '--events' && flags[index + 1] === 'ndjson'),
    ),
  };
}
