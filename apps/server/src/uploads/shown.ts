/** Controls that JSON leaves as they are, and those that turn the direction of writing. */
const misleading = /[\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

/** A name that someone else wrote, safe to show in an answer, a log and a terminal: quoted, escaped, cut. */
export function shown(name: string): string {
  const quoted = JSON.stringify(name.length > 100 ? `${name.slice(0, 100)}...` : name);
  return quoted.replace(
    misleading,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/**
 * The first few of a list of such names.
 *
 * @example
 * shownSome(['a', 'b', 'c'], 2); // '"a", "b" and 1 more'
 */
export function shownSome(names: readonly string[], most = 20): string {
  const few = names.slice(0, most).map(shown).join(', ');
  return names.length > most ? `${few} and ${names.length - most} more` : few;
}
