import { expect, test } from 'vitest';
import { codeBlocks } from './code-blocks.mjs';

const page = (...lines) => lines.join('\n');

test('takes marked blocks with their lines, hidden and indented ones too', () => {
  const markdown = page(
    '<!--',
    '```sh run',
    'mkdir a',
    '```',
    '-->',
    '1. step',
    '   ```ts run',
    '   if (a) {',
    '     b();',
    '   }',
    '   ```',
  );
  expect(codeBlocks(markdown)).toEqual({
    blocks: [
      { language: 'sh', atTop: false, line: 2, code: 'mkdir a' },
      { language: 'ts', atTop: false, line: 7, code: 'if (a) {\n  b();\n}' },
    ],
    findings: [],
  });
});

test('runs nothing else', () => {
  const markdown = page('```json', '{}', '```', '````text', '```sh run', 'rm x', '```', '````');
  expect(codeBlocks(markdown)).toEqual({ blocks: [], findings: [] });
});

test('a block may run at the top of the repository', () => {
  expect(codeBlocks(page('```sh run repository', 'npm start', '```')).blocks).toMatchObject([
    { atTop: true },
  ]);
});

test.each([
  ['a program that is not run', page('text', '```js', 'f()', '```'), /^2: Expected .+ Received `js`/],
  ['an unknown language that shall run', page('```py run', '```'), /^1: Expected .+ Received `py run`/],
  ['a block without an end', page('```sh run', 'ls'), /^1: Expected the block to end/],
])('complains about %s', (_name, markdown, finding) => {
  expect(codeBlocks(markdown).findings).toEqual([expect.stringMatching(finding)]);
});
