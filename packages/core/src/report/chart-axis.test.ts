import fc from 'fast-check';
import { expect, test } from 'vitest';
import { axisTicks, epochTicks } from './chart-axis.js';

test('ticks are round', () => {
  expect(axisTicks(0, 0.73, 5)).toEqual([0, 0.2, 0.4, 0.6, 0.8]);
  expect(axisTicks(0, 1, 6)).toEqual([0, 0.2, 0.4, 0.6, 0.8, 1]);
  expect(axisTicks(0, 0, 6).length).toBeGreaterThanOrEqual(2);
});

test('ticks enclose the range and are few', () => {
  const value = fc.double({ min: -1e9, max: 1e9, noNaN: true });
  fc.assert(
    fc.property(value, value, fc.integer({ min: 3, max: 10 }), (a, b, most) => {
      fc.pre(Math.abs(a - b) > 1e-6 * Math.max(Math.abs(a), Math.abs(b), 1e-9));
      const [low, high] = [Math.min(a, b), Math.max(a, b)];
      const ticks = axisTicks(low, high, most);
      const slack = (high - low) * 1e-6;
      expect(ticks[0]).toBeLessThanOrEqual(low + slack);
      expect(ticks.at(-1)).toBeGreaterThanOrEqual(high - slack);
      expect(ticks.length).toBeGreaterThanOrEqual(2);
      expect(ticks.length).toBeLessThanOrEqual(most);
    }),
  );
});

test('epochs are whole numbers from the first to the last', () => {
  expect(epochTicks(1)).toEqual([1]);
  expect(epochTicks(3)).toEqual([1, 2, 3]);
  expect(epochTicks(30)).toEqual([1, 5, 10, 15, 20, 25, 30]);
  expect(epochTicks(100_000).length).toBeLessThan(10);
});
