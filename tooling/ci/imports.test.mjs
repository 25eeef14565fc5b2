import { expect, test } from 'vitest';
import { importsOf } from './imports.mjs';

test('finds every way to import, but not those in comments', () => {
  const source = [
    "import { a } from './a.js';",
    "import type { B } from 'b';",
    "export * from 'c';",
    "import 'd';",
    'import {\n  e,\n} from "@scope/e/deep";',
    "const f = await import('node:fs');",
    "type G = import('g').G;",
    "// import 'h';",
    "/* from 'i' */",
    "/** await import('j') */",
  ].join('\n');
  expect(importsOf(source)).toEqual(
    [
      ['./a.js', 1],
      ['b', 2],
      ['c', 3],
      ['d', 4],
      ['@scope/e/deep', 7],
      ['node:fs', 8],
      ['g', 9],
    ].map(([specifier, line]) => ({ specifier, line })),
  );
});
