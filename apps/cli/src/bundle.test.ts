import { readdirSync, readFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { main, start } from './testing/graft.js';

const dist = dirname(main);
const texts = readdirSync(dist)
  .filter((name) => name.endsWith('.js'))
  .map((name) => ({ name, text: readFileSync(join(dist, name), 'utf8') }));

/** Files that a command requires; what it imports is not among them. */
async function requiredBy(args: readonly string[]): Promise<string[]> {
  const { stderr } = await start(args, { NODE_DEBUG: 'module' }).done;
  const loads = stderr.matchAll(/^MODULE \d+: load "(.+?)" for module/gm);
  return [...new Set([...loads].map(([, file]) => file ?? ''))];
}

it('holds no code of TensorFlow.js and no path of the machine that built it', () => {
  const root = fileURLToPath(new URL('../../..', import.meta.url));
  for (const { name, text } of texts) {
    // esbuild writes where each part comes from.
    expect(/^\/\/ .*node_modules.*@tensorflow.*$/m.exec(text)?.[0], name).toBeUndefined();
    expect(text.includes(root), name).toBe(false);
  }
});

it('imports nothing at start but its own chunks and what belongs to Node', () => {
  for (const { name, text } of texts) {
    const imported = [...text.matchAll(/^(?:import|} from|import .* from) "(.+)";$/gm)].map(
      ([, path]) => path ?? '',
    );
    expect(
      imported.filter((path) => !path.startsWith('./') && !isBuiltin(path)),
      name,
    ).toEqual([]);
  }
});

it('requires TensorFlow.js, once, where a command needs it', async () => {
  const core = (await requiredBy(['doctor'])).filter((file) => /tfjs-core[\\/]dist/.test(file));
  expect(core).toEqual([expect.stringMatching(/tf-core\.node\.js$/)]);
});

it.each(['--version', 'tune --help', 'tune x y --epochs z'])('%s requires nothing', async (args) => {
  expect(await requiredBy(args.split(' '))).toEqual([]);
});
