/**
 * The names most like `wish`, by edit distance with ties broken by order; for "did you mean" hints.
 *
 * @example
 * nearest('conv_11', ['conv_1', 'conv_10', 'dense']); // ['conv_1', 'conv_10', 'dense']
 */
export function nearest(wish: string, names: readonly string[], count = 3): string[] {
  return [...new Set(names)]
    .map((name, order) => ({ name, order, distance: editDistance(wish.toLowerCase(), name.toLowerCase()) }))
    .sort((a, b) => a.distance - b.distance || a.order - b.order)
    .slice(0, count)
    .map(({ name }) => name);
}

/** Levenshtein's distance, one row at a time. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const substitution = (row[j - 1] as number) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(substitution, (row[j] as number) + 1, (next[j - 1] as number) + 1));
    }
    row = next;
  }
  return row[b.length] as number;
}
