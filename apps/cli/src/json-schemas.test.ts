import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';

it('the published schemas are those of the code', async () => {
  const { schemaFiles } = await import(new URL('../scripts/schema-files.mjs', import.meta.url).href);
  for (const [name, text] of Object.entries(schemaFiles() as Record<string, string>)) {
    expect(readFileSync(new URL(`../schema/${name}`, import.meta.url), 'utf8'), name).toBe(text);
  }
});
