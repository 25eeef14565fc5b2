import fc from 'fast-check';
import { expect, test } from 'vitest';
import { html } from './html.js';

test('escapes text and attribute values, and leaves nested markup as it is', () => {
  const cell = html`<td title="${'"><script>'}">${"a & b's"}</td>`;
  expect(html`<tr>${[cell, null, 3]}</tr>`.text).toBe(
    '<tr><td title="&quot;&gt;&lt;script&gt;">a &amp; b&#39;s</td>3</tr>',
  );
});

test('does not take objects for markup that only look like it', () => {
  const forged = JSON.parse('{"text":"<script>"}') as string;
  expect(() => html`${forged}`.text).toThrow();
});

test('shows bidirectional overrides and replaces control characters', () => {
  expect(html`${'photo\u202Egpj.exe\u0000\u2066\ud800'}`.text).toBe(
    'photo[U+202E]gpj.exe\ufffd[U+2066]\ufffd',
  );
  expect(html`${'שלום 👋 العربية\n'}`.text).toBe('שלום 👋 العربية\n');
});

test('leaves the indentation of the template out, not that of the values', () => {
  expect(
    html`<p>
    ${'a\n  b'}
  </p>`.text,
  ).toBe('<p>a\n  b</p>');
});

test('no text opens markup', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: fc.constantFrom(...'<>&"\'/a;\u202e\u2069\u0000', '\ud83d', '👋') }),
      (text) => {
        const escaped = html`${text}`.text;
        expect(escaped).not.toMatch(/[<>"']|&(?!(amp|lt|gt|quot|#39);)|[\u202a-\u202e\u2066-\u2069]/);
      },
    ),
  );
});
