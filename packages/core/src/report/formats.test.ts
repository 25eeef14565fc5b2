import { expect, test } from 'vitest';
import { count, decimal, duration, listed, percent, shorten } from './formats.js';

test.each([
  [1, '100%'],
  [0.9999, '>99.9%'],
  [0.9615, '96.2%'],
  [0.5, '50%'],
  [0.00142, '0.14%'],
  [0.00001, '<0.01%'],
  [0, '0%'],
])('%d as a percentage is %s', (share, text) => {
  expect(percent(share)).toBe(text);
});

test.each([
  [0.084121, '0.08412'],
  [-1.5, '-1.5'],
  [21_430.2, '21,430'],
  [1e21, '1e+21'],
])('%d as a decimal is %s', (value, text) => {
  expect(decimal(value)).toBe(text);
});

test('counts, durations, lists', () => {
  expect([999, 1000, 1_235_496].map(count)).toEqual(['999', '1,000', '1,235,496']);
  expect([0.412, 42.04, 200].map(duration)).toEqual(['0.41 s', '42 s', '3 min 20 s']);
  expect(listed(['a', 'b', 'c']).join('')).toBe('a, b and c');
});

test('shortens in the middle by whole characters', () => {
  expect(shorten('conv2_block1_1_conv', 11)).toBe('conv2…_conv');
  expect(shorten('🚚🚚🚚🚚', 3)).toBe('🚚…🚚');
});
