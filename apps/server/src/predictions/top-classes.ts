interface ClassScore {
  readonly score: number;
  /** Among the model's labels. */
  readonly index: number;
  /** null: the model has none. */
  readonly label: string | null;
}

/**
 * The best classes of one example, the best first.
 *
 * @param row of outputs; of two labels and one output it is the probability of the second
 *
 * @example
 * topClasses(Float32Array.of(0.1, 0.9), ['car', 'truck'], 1); // [{ score: 0.9, index: 1, label: 'truck' }]
 */
export function topClasses(row: Float32Array, labels: readonly string[] | null, most: number): ClassScore[] {
  const [only = 0] = row;
  const scores = row.length === 1 && labels?.length === 2 ? [1 - only, only] : Array.from(row);
  return scores
    .map((score, index) => ({ score, index, label: labels?.[index] ?? null }))
    .sort((a, b) => b.score - a.score)
    .slice(0, most);
}
