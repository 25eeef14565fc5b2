/**
 * Round numbers that divide a range: steps of 1, 2 or 5 times a power of ten.
 *
 * @param most ticks, both ends counted
 * @returns ascending; the first is at or below `low`, the last at or above `high`
 *
 * @example
 * axisTicks(0, 0.73, 5); // [0, 0.2, 0.4, 0.6, 0.8]
 */
export function axisTicks(low: number, high: number, most: number): number[] {
  const span = high > low ? high - low : Math.abs(high) || 1;
  const rough = span / (most - 1);
  const power = 10 ** Math.floor(Math.log10(rough));
  const fits = (step: number) => Math.ceil(high / step - 1e-9) - Math.floor(low / step + 1e-9) < most;
  const step = [1, 2, 5, 10, 20].map((factor) => factor * power).find(fits) ?? 50 * power;
  const first = Math.floor(low / step + 1e-9);
  const last = Math.max(first + 1, Math.ceil(high / step - 1e-9));
  // The quotient of whole numbers keeps 0.3 from becoming 0.30000000000000004.
  return Array.from({ length: last - first + 1 }, (_, index) =>
    Number(((first + index) * step).toPrecision(12)),
  );
}

/** Whole numbers from 1 to `last` for an axis of epochs: round, with the first and the last among them. */
export function epochTicks(last: number): number[] {
  const step = axisTicks(0, last, 8)[1] as number;
  const whole = Math.max(1, Math.ceil(step));
  const round = Array.from({ length: Math.floor(last / whole) }, (_, index) => (index + 1) * whole);
  return [...new Set([1, ...round.filter((epoch) => last - epoch >= whole / 2), last])];
}
