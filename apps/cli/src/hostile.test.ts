import { cpSync, existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { shared, writePictures } from './testing/fixtures.js';
import { graft, newRun } from './testing/graft.js';
import { parsed } from './testing/schemas.js';

interface Shown {
  readonly error: { readonly code: string; readonly message: string };
}

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'graft-hostile-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** The exit code, exactly one JSON value on stdout, a typed error, and nothing at or beside RUN. */
async function refused(args: readonly string[], exitCode: number, code: string): Promise<void> {
  const out = join(await mkdtemp(join(folder, 'out-')), 'run');
  const begin = performance.now();
  const outcome = await graft(
    ...args.map((word) => (word === 'RUN' ? out : word)),
    '--backend',
    'cpu',
    '--json',
  );
  const { error } = parsed<Shown>(outcome.stdout, 'error');
  expect({ code: error.code, exitCode: outcome.exitCode }).toEqual({ code, exitCode });
  expect(error.message).toMatch(/^Expected .*\. Received/s);
  expect(outcome.stderr).not.toMatch(/\n\s+at |FATAL/);
  expect(performance.now() - begin).toBeLessThan(30_000);
  expect(await readdir(dirname(out))).toEqual([]);
}

describe('models', () => {
  /** A copy of the small picture model with its model.json rewritten. */
  function hostileModel(
    name: string,
    rewrite: (text: string) => string,
    and?: (path: string) => void,
  ): string {
    const path = join(folder, name.replaceAll(/\W/g, '-'));
    cpSync(join(shared, 'tiny'), path, { recursive: true });
    const file = join(path, 'model.json');
    writeFileSync(file, rewrite(readFileSync(file, 'utf8')));
    and?.(path);
    return path;
  }
  const swap = (from: string, to: string) => (text: string) => {
    if (!text.includes(from)) throw new Error(`no ${from} in the model`);
    return text.replace(from, to);
  };
  const path = (to: string) => swap('"weights.bin"', JSON.stringify(to));

  const mechanisms: [string, string, (text: string) => string, ((path: string) => void)?][] = [
    ['a Lambda', 'model/unknown-layer-class', swap('"GlobalAveragePooling2D"', '"Lambda"')],
    ['a class from the prototype', 'model/unknown-layer-class', swap('"Dense"', '"constructor"')],
    ['an optimizer as a layer', 'model/unknown-layer-class', swap('"Dense"', '"Adam"')],
    ['an activation that is a layer', 'model/unknown-layer-class', swap('"softmax"', '"Flatten"')],
    ['an initializer that is a layer', 'model/unknown-layer-class', swap('"VarianceScaling"', '"Dropout"')],
    ['a prototype key', 'model/bad-json', swap('{', '{"__proto__":{"polluted":true},')],
    ['a key twice', 'model/bad-json', swap('{', '{"format":"layers-model",')],
    ['nesting without end', 'model/bad-json', () => '['.repeat(5e6)],
    [
      'a kernel for gigabytes',
      'model/bad-topology',
      swap('"kernel_size":[3,3]', '"kernel_size":[30000,30000]'),
    ],
    ['filters times kernel', 'model/bad-topology', swap('"filters":8', '"filters":300')],
    ['an input of 10^12 values', 'model/bad-topology', swap('[null,16,16,3]', '[null,1000000,1000000,3]')],
    ['a shape of 2^53', 'model/bad-manifest', swap('"shape":[3,3,3,4]', '"shape":[9007199254740993]')],
    ['a shape for gigabytes', 'model/too-large', swap('"shape":[3,3,3,4]', '"shape":[40000,40000]')],
    ['weights of another file', 'model/bad-path', path('../tiny/weights.bin')],
    ['an absolute path', 'model/bad-path', path('/etc/passwd')],
    ['an escaped path', 'model/bad-path', path('%2e%2e%2fweights.bin')],
    ['a URL', 'model/bad-path', path('http://127.0.0.1/weights.bin')],
    ['a link out', 'model/bad-path', path('w.bin'), (at) => symlinkSync('/etc/passwd', join(at, 'w.bin'))],
    ['a device', 'model/bad-path', path('w.bin'), (at) => symlinkSync('/dev/zero', join(at, 'w.bin'))],
    ['a directory', 'model/bad-path', path('w.bin'), (at) => mkdirSync(join(at, 'w.bin'))],
  ];
  it.concurrent.each(mechanisms)('%s: %s', async (name, code, rewrite, and) => {
    await refused(['tune', hostileModel(name, rewrite, and), 'photos', '--out', 'RUN'], 5, code);
  });

  const sources: [string, string, string][] = [
    ['a folder of the system', 'model/source-not-found', '/dev'],
    ['a file of the system', 'model/bad-json', '/etc/passwd'],
    ['nothing', 'model/source-not-found', '../../nowhere'],
  ];
  it.each(sources)('a run whose source is %s', async (_name, code, place) => {
    const run = await newRun();
    await graft('tune', 'tiny', 'photos', '--out', run, '--epochs', '1', '--backend', 'cpu', '--quiet');
    const file = join(run, 'run.json');
    const record = JSON.parse(readFileSync(file, 'utf8')) as { source: { path: string } };
    writeFileSync(file, JSON.stringify({ ...record, source: { ...record.source, path: place } }));
    const { exitCode, stdout } = await graft('verify', run, '--json');
    const { error } = parsed<Shown>(stdout, 'error');
    expect([exitCode, error.code]).toEqual([5, code]);
    expect(stdout).not.toContain('root:'); // no word of what stands there
  });
});

describe('recipes', () => {
  const mechanisms: [string, string, string | Uint8Array][] = [
    ['a tag that runs code', 'recipe/bad-file', 'cut: !!js/function "() => 1"'],
    ['an alias to itself', 'recipe/invalid', 'cut: &a [*a]'],
    ['two documents', 'recipe/bad-file', 'cut: pool\n---\ncut: pool'],
    ['a prototype key', 'recipe/bad-file', '{"__proto__":{"polluted":true}}'],
    ['nesting without end', 'recipe/bad-file', '['.repeat(60_000)],
    [
      'keys without number',
      'recipe/bad-file',
      Array.from({ length: 50_000 }, (_, i) => `k${i}: 1`).join('\n'),
    ],
    ['a list', 'recipe/invalid', '[]'],
    ['Latin-1', 'recipe/bad-file', Buffer.from('cut: p\xf6\xf6l', 'latin1')],
  ];
  it.concurrent.each(mechanisms)('%s: %s', async (name, code, content) => {
    const file = join(folder, `${name.replaceAll(' ', '-')}.yaml`);
    writeFileSync(file, content);
    await refused(['tune', 'tiny', 'photos', '--out', 'RUN', '--recipe', file], 3, code);
  });
});

describe('class names from folders', () => {
  const labels = [
    '<img src=x onerror=alert(1)>',
    '<script>alert(1)<',
    '"><svg onload=alert(1)>',
    "' onmouseover='alert(1)",
    '&lt;b&gt;&amp;',
    '=cmd|calc!A0',
    '@SUM(1+1)',
    '\u001b[31mred\u001b[0m',
    '\u001b]0;title\u0007',
    '\u009b2Jcleared',
    'line\nbreak\rback',
    '\u202egnp.exe',
    '\u2066turned\u2069',
    'zero\u200bwidth',
    '🚚',
    'é'.normalize('NFD'),
    '__proto__',
    'constructor',
    '-rf',
    '%2e%2e',
    '`id`$(id)',
    'back\\slash',
    'a'.repeat(255),
  ];
  let run = '';
  let json = '';
  let prose = '';
  let html = '';

  beforeAll(async () => {
    const photos = join(folder, 'named');
    await writePictures(photos, Object.fromEntries(labels.map((label, index) => [label, index + 1])), 3);
    run = join(folder, 'named-run');
    const tuned = await graft(
      'tune',
      'tiny',
      photos,
      '--out',
      run,
      '--epochs',
      '1',
      '--backend',
      'cpu',
      '--json',
    );
    json = tuned.stdout;
    html = readFileSync(join(run, 'report.html'), 'utf8');
    const shown = [
      await graft('evaluate', run, photos, '--backend', 'cpu'),
      await graft('predict', run, photos, '--top', '23', '--backend', 'cpu'),
    ];
    prose = shown.map(({ stdout, stderr }) => stdout + stderr).join('');
    expect(shown.map(({ exitCode }) => exitCode)).toEqual([0, 0]);
  }, 180_000);

  it('the terminal gets no control characters but line ends, in prose and in JSON', () => {
    for (const text of [prose, json])
      expect(text.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\u202a-\u202e\u2066-\u2069]/u);
  });

  it('the report runs nothing and loads nothing', () => {
    expect(html).not.toMatch(
      /<script|<img(?! src="data:)|<svg onload|onerror=alert\(1\)>|javascript:|https?:/i,
    );
  });

  it.each(labels)('%j', (label) => {
    const { classes } = parsed<{ classes: string[] }>(json, 'tune');
    expect(classes).toContain(label);
    const record = JSON.parse(readFileSync(join(run, 'run.json'), 'utf8')) as { labels: string[] };
    expect(record.labels).toContain(label);
    const escaped = /[<>"'&]/.test(label);
    if (escaped) expect(html).not.toContain(label);
    expect(existsSync(join(folder, 'named', label))).toBe(true);
  });
});
