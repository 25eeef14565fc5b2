/** Waits, and tells how long. */
export async function timed<T>(work: Promise<T>): Promise<{ readonly value: T; readonly seconds: number }> {
  const begin = performance.now();
  const value = await work;
  return { value, seconds: (performance.now() - begin) / 1000 };
}
