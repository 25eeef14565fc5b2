import { GraftError, type Warning } from '@graft/core';
import { listSome } from './list-some.js';

/** Data with labels that the model does not learn or know. */
export function unknownLabels(
  unknown: readonly string[],
  labels: readonly string[],
  where: string,
): GraftError {
  const quote = (names: readonly string[]) => listSome(names.map((label) => `"${label}"`));
  return new GraftError(
    'data/unknown-label',
    `Expected labels among ${quote(labels)}. Received ${quote(unknown)} in "${where}".`,
    { details: { unknown, labels } },
  );
}

/**
 * What a classifier needs at least.
 *
 * @throws GraftError `data/one-class`, `data/too-few`
 */
export function checkLabelCounts(labels: readonly string[], targets: readonly number[], where: string): void {
  if (labels.length < 2) {
    throw new GraftError(
      'data/one-class',
      `Expected at least two labels in "${where}". Received ${labels.length}: "${labels[0]}".`,
      {
        hint: 'Add examples of another label: a single one leaves nothing to tell apart.',
        details: { labels },
      },
    );
  }
  const counts = new Array<number>(labels.length).fill(0);
  for (const target of targets) counts[target] = (counts[target] as number) + 1;
  const few = labels.filter((_, index) => (counts[index] as number) < 2);
  if (few.length) {
    throw new GraftError(
      'data/too-few',
      `Expected at least two examples of every label in "${where}". Received fewer of ${listSome(few.map((label) => `"${label}"`))}.`,
      { hint: 'One to train on and one to check with are the least.', details: { labels: few } },
    );
  }
}

/** Labels that a person would take for one: they differ in case, accents' encoding or spaces only. */
export function similarLabelWarnings(labels: readonly string[]): Warning[] {
  const groups = new Map<string, string[]>();
  for (const label of labels) {
    const key = label.normalize('NFC').trim().toLowerCase();
    groups.set(key, [...(groups.get(key) ?? []), label]);
  }
  return [...groups.values()]
    .filter((group) => group.length > 1)
    .map((group) => ({
      code: 'similar-labels',
      message: `These labels differ only in case or spelling and are learned apart: ${group.map((label) => `"${label}"`).join(', ')}.`,
    }));
}
