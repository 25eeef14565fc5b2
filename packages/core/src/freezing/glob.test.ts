import { expect, test } from 'vitest';
import { matchesGlob } from './glob.js';

test.each([
  ['block_1/conv', 'block_1*', true],
  ['block_1/conv', '*conv', true],
  ['block_1/conv', '*', true],
  ['block_1/conv', 'block_?/conv', true],
  ['block_12/conv', 'block_?/conv', false],
  ['block_1/conv', 'block_1', false],
  ['block_1/conv', 'conv', false],
  ['a.b', 'a?b', true],
  ['axb', 'a.b', false], // a dot is a dot
  ['conv(1)+[2]', 'conv(1)+[2]', true],
  ['a\\d', 'a\\d', true],
  ['Conv', 'conv', false],
])('%s, %s: %s', (name, glob, matches) => {
  expect(matchesGlob(name, glob)).toBe(matches);
});
