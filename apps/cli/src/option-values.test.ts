import { describe, expect, it } from 'vitest';
import {
  choiceFor,
  freezeFor,
  headFor,
  namesFor,
  numberFor,
  numbersFor,
  rangeFor,
  textFor,
} from './option-values.js';

const epochs = numberFor('--epochs', { integer: true, min: 1, max: 100 });

describe('option values', () => {
  it.each([
    [epochs, '7', 7],
    [epochs, '1e1', 10],
    [numberFor('--learning-rate', { above: 0 }), '.5', 0.5],
    [numbersFor('--input-mean'), '1,2.5,-3', [1, 2.5, -3]],
    [rangeFor('--input-range'), '-1,1', [-1, 1]],
    [namesFor('--target'), 'a, b', ['a', 'b']],
    [choiceFor('--resize', ['stretch', 'crop']), 'crop', 'crop'],
    [headFor('--head'), 'linear', { kind: 'linear' }],
    [headFor('--head'), 'hidden:64,32', { kind: 'hidden', units: [64, 32], dropout: 0.2 }],
    [freezeFor('--freeze'), 'backbone', 'backbone'],
    [freezeFor('--freeze'), 'up-to:outer/inner:0', { upTo: 'outer/inner:0' }],
    [freezeFor('--freeze'), 'layers:a*,b?', { layers: ['a*', 'b?'] }],
    [freezeFor('--freeze'), 'all-but:*/bias', { allBut: ['*/bias'] }],
  ] as const)('%# %s', (parse, text, value) => {
    expect(parse(text)).toEqual(value);
  });

  it.each([
    [epochs, ['0', '-1', '1.5', '101', 'x', '', ' ', '0x1f', 'NaN', 'Infinity', '1_0', '--json']],
    [numberFor('--learning-rate', { above: 0 }), ['0', '-1', '1e999', '1,5']],
    [numbersFor('--input-mean'), ['', '1,', '1,2,3,4,5', '1;2']],
    [rangeFor('--input-range'), ['1', '1,1', '0,1,2', 'a,b']],
    [namesFor('--target'), ['', 'a,', 'a,a', '--json']],
    [choiceFor('--resize', ['stretch', 'crop']), ['', 'fit', 'Crop', 'toString']],
    [
      headFor('--head'),
      [
        '',
        'hidden',
        'hidden:',
        'hidden:0',
        'hidden:1.5',
        'hidden:9,',
        'hidden:1,2,3,4,5,6,7,8,9',
        'hidden:70000',
      ],
    ],
    [
      freezeFor('--freeze'),
      ['', 'all', 'up-to', 'up-to:', 'layers:', 'layers:a,', 'backbone ', 'toString:x'],
    ],
    [textFor('--cut'), ['', '--out']],
  ] as const)('%# refuses', (parse, texts) => {
    for (const text of texts) {
      expect(() => parse(text), text).toThrow(
        expect.objectContaining({
          code: 'usage/bad-value',
          message: expect.stringMatching(/^Expected .+ for --.+\. Received "/),
        }),
      );
    }
  });
});
