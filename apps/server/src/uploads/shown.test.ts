import { describe, expect, it } from 'vitest';
import { shown, shownSome } from './shown.js';

describe('shown', () => {
  it.each([
    ['truck', '"truck"'],
    ['say "hi"', '"say \\"hi\\""'],
    ['\x1b[31mred', '"\\u001b[31mred"'],
    ['\u009b31mred', '"\\u009b31mred"'],
    ['a\u202egpj.exe', '"a\\u202egpj.exe"'],
    ['Käse 🚚', '"Käse 🚚"'],
    ['x'.repeat(300), `"${'x'.repeat(100)}..."`],
  ])('%j', (name, expected) => {
    expect(shown(name)).toBe(expected);
  });

  it('cuts lists', () => {
    expect(shownSome(['a', 'b', 'c'], 2)).toBe('"a", "b" and 1 more');
    expect(shownSome(['a'])).toBe('"a"');
  });
});
