import { expect, it } from 'vitest';
import { harmless, jsonLine } from './terminal-text.js';

it('shows what could act on a terminal as its code, and leaves all other text', () => {
  expect(harmless('a\x1b[2Jb\x9bc\u202ed\ne\u2028')).toBe('a\\u001b[2Jb\\u009bc\\u202ed\\u000ae\\u2028');
  expect(harmless('\ud800x')).toBe('\\ud800x');
  expect(harmless('Ä \u{1f69a} 車 "quoted" \\u001b')).toBe('Ä \u{1f69a} 車 "quoted" \\u001b');
});

it('keeps the meaning of JSON', () => {
  const value = { 'tr\u202euck\x9b\u007f': ['\n', '\ud800', '\u{1f69a}'] };
  expect(jsonLine(value).trimEnd()).not.toMatch(/[\p{Cc}\u202e]/u);
  expect(JSON.parse(jsonLine(value))).toEqual(value);
});
