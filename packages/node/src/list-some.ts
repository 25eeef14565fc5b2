/**
 * The first few of a list, for messages.
 *
 * @example
 * listSome(['a', 'b', 'c'], 2); // 'a, b and 1 more'
 */
export function listSome(items: readonly string[], most = 20): string {
  const shown = items.slice(0, most).join(', ');
  return items.length > most ? `${shown} and ${items.length - most} more` : shown;
}
