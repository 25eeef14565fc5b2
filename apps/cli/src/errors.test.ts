import { cpSync, existsSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { shared } from './testing/fixtures.js';
import { graft, newRun } from './testing/graft.js';
import { parsed } from './testing/schemas.js';

interface Shown {
  readonly error: { readonly code: string; readonly message: string; readonly hint: string | null };
}

/** Flags that are read before anything is loaded. */
const usage: readonly (readonly [string, string])[] = [
  ['usage/no-command', '--json'],
  ['usage/no-command', '--events ndjson --json'],
  ['usage/bad-value', 'doctor --events xml --json'],
  ['usage/unknown-command', 'tun tiny photos --json'],
  ['usage/unknown-flag', 'tune tiny photos --json --out RUN --epoch 3'],
  ['usage/missing-flag', 'tune tiny photos --json'],
  ['usage/missing-argument', 'tune tiny --out RUN --json'],
  ['usage/missing-value', 'tune tiny photos --json --out'],
  ['usage/too-many-arguments', 'inspect tiny photos --json'],
  ['usage/bad-value', '--json tune tiny photos --out RUN --epochs 0'],
  ['usage/missing-value', 'tune tiny photos --out RUN --cut --json'],
  ['usage/bad-value', 'tune tiny photos --out RUN --cut --overwrite --json'],
  ['usage/remove-and-head', 'tune tiny photos --out RUN --remove 0 --head linear --json'],
  ['usage/cut-and-remove', 'tune tiny photos --out RUN --cut pool --remove 1 --json'],
];

/** Everything else that a person can get wrong; RUN is a path that does not exist yet. */
const others: readonly (readonly [number, string, string])[] = [
  [2, 'usage/unknown-layer', 'tune tiny photos --out RUN --cut nowhere'],
  [2, 'usage/no-match', 'tune tiny photos --out RUN --freeze layers:nothing*'],
  [2, 'usage/unknown-layer', 'tune tiny photos --out RUN --freeze up-to:nowhere'],
  [2, 'usage/out-not-empty', 'tune tiny photos --out photos'],
  [2, 'usage/out-not-a-run', 'tune tiny photos --out photos --overwrite'],
  [2, 'usage/input-spec-needed', 'tune unknown photos --out RUN'],
  [2, 'usage/input-spec', 'tune tiny photos --out RUN --input-mean 1,2'],
  [2, 'usage/target-needed', 'tune numbers houses.csv --out RUN'],
  [2, 'usage/contradicts-recipe', 'tune tiny photos --out RUN --recipe recipe.yaml --epochs 3'],
  [3, 'recipe/not-found', 'tune tiny photos --out RUN --recipe nowhere.json'],
  [3, 'recipe/bad-file', 'tune tiny photos --out RUN --recipe aliases.yaml'],
  [3, 'recipe/bad-file', 'tune tiny photos --out RUN --recipe tag.yaml'],
  [3, 'recipe/invalid', 'tune tiny photos --out RUN --recipe typo.yaml'],
  [4, 'data/not-found', 'tune tiny nowhere --out RUN'],
  [4, 'data/empty', 'tune tiny empty --out RUN'],
  [4, 'data/one-class', 'tune tiny one-label --out RUN'],
  [4, 'data/bad-image', 'tune tiny bad-photos --out RUN'],
  [4, 'data/not-found', 'predict tiny nowhere.png'],
  [5, 'model/unknown', 'tune squeezenut photos --out RUN'],
  [5, 'model/not-found', 'inspect ./nowhere'],
  [5, 'model/damaged-run', 'predict DAMAGED photos'],
  [5, 'model/damaged-run', 'inspect RELABELLED'],
  [5, 'model/bad-weights', 'evaluate SHORT photos'],
  [5, 'model/not-a-run', 'verify tiny'],
];

const recipe = `
cut: pool
head: { kind: linear }
task: classify
output: softmax
phases: [{ epochs: 2, learningRate: 0.01, optimizer: { name: sgd }, schedule: { name: constant } }]
validation: 0.2
batchSize: 8
seed: 1
classWeights: none
labelSmoothing: 0
inputSpec: null
`;

describe('errors', () => {
  let runs = '';

  beforeAll(async () => {
    const folder = await mkdtemp(join(tmpdir(), 'graft-errors-'));
    writeFileSync(join(shared, 'recipe.yaml'), recipe);
    writeFileSync(join(shared, 'typo.yaml'), recipe.replace('classWeights', 'classWeight'));
    writeFileSync(join(shared, 'tag.yaml'), recipe.replace('seed: 1', 'seed: !!js/function 1'));
    const bomb = [
      'a0: &a0 [x]',
      ...Array.from({ length: 12 }, (_, i) => `a${i + 1}: &a${i + 1} [${`*a${i}, `.repeat(9)}*a${i}]`),
    ];
    writeFileSync(join(shared, 'aliases.yaml'), bomb.join('\n'));
    runs = join(folder, 'run');
    await graft('tune', 'tiny', 'photos', '--out', runs, '--epochs', '1', '--backend', 'cpu', '--quiet');
    for (const name of ['damaged', 'relabelled', 'short'])
      cpSync(runs, join(folder, name), { recursive: true });
    const weights = readFileSync(join(runs, 'weights.bin'));
    weights[10] = (weights[10] as number) ^ 1;
    writeFileSync(join(folder, 'damaged', 'weights.bin'), weights);
    truncateSync(join(folder, 'short', 'weights.bin'), weights.length - 1);
    const model = join(folder, 'relabelled', 'model.json');
    writeFileSync(model, readFileSync(model, 'utf8').replaceAll('"night"', '"light"'));
  });

  afterAll(() => rm(dirname(runs), { recursive: true, force: true }));

  async function check(line: string, exitCode: number, code: string): Promise<void> {
    const out = await newRun();
    const places: Readonly<Record<string, string>> = {
      RUN: out,
      ...{
        DAMAGED: join(dirname(runs), 'damaged'),
        RELABELLED: join(dirname(runs), 'relabelled'),
        SHORT: join(dirname(runs), 'short'),
      },
    };
    const args = line.split(' ').map((word) => places[word] ?? word);
    const { exitCode: received, stdout } = await graft(...args);
    const { error } = parsed<Shown>(stdout, 'error');
    expect({ code: error.code, exitCode: received }).toEqual({ code, exitCode });
    expect(error.message).toMatch(/^Expected .*\. Received/s);
    expect(existsSync(out)).toBe(false);
  }

  it.concurrent.each(usage)('%s: %s', async (code, line) => check(line, 2, code));

  it.concurrent.each(others)('%i %s: %s', async (exitCode, code, line) => {
    const withBackend = /^(inspect|verify)/.test(line) ? line : `${line} --backend cpu`;
    await check(`${withBackend} --json`, exitCode, code);
  });

  it('verify exits with 8 where a byte was changed, and names the weight', async () => {
    const { exitCode, stdout, stderr } = await graft('verify', join(dirname(runs), 'damaged'), '--json');
    expect(exitCode).toBe(8);
    expect(parsed(stdout, 'verify')).toMatchObject({ match: false, failed: 1 });
    expect(stderr).toContain('conv/kernel');
    const other = await graft('verify', runs, '--source', 'unknown', '--json');
    expect(parsed(other.stdout, 'verify')).toMatchObject({ match: true }); // the same weights under another name
  });

  it('skips bad pictures if it is told to, and says so', async () => {
    const out = await newRun();
    const { exitCode, stdout } = await graft(
      'tune',
      'tiny',
      'bad-photos',
      '--out',
      out,
      '--skip-bad',
      '--json',
      '--epochs',
      '1',
      '--backend',
      'cpu',
    );
    expect(exitCode).toBe(0);
    expect(parsed<{ warnings: unknown }>(stdout, 'tune').warnings).toEqual([
      { code: 'skipped-files', message: expect.stringContaining('broken.png') },
    ]);
  });

  it('shows errors as prose on stderr without --json', async () => {
    const { exitCode, stdout, stderr } = await graft(
      'tune',
      'tiny',
      'photos',
      '--out',
      'x',
      '--epochs',
      'many',
    );
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
    expect(stderr).toMatch(/^error: Expected a whole number .* Received "many"\. \[usage\/bad-value\]\n/);
  });
});
