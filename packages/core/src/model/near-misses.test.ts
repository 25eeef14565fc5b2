import { expect, test } from 'vitest';
import { nearest } from './near-misses.js';

test('the fewest edits first, ties in the order of the model', () => {
  expect(nearest('conv_11', ['dense', 'conv_1', 'conv_10', 'pool'])).toEqual(['conv_1', 'conv_10', 'dense']);
  expect(nearest('b', ['a', 'c', 'd', 'e'], 2)).toEqual(['a', 'c']);
});

test('upper and lower case count as the same', () => {
  expect(nearest('CONV', ['pool', 'conv'], 1)).toEqual(['conv']);
});

test('names each name once', () => {
  expect(nearest('a', ['a', 'a', 'ab'])).toEqual(['a', 'ab']);
});
