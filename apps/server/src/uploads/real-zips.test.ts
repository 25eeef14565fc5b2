import { execFileSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { pipeline } from 'node:stream/promises';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ZipFile } from 'yazl';
import { extractZip } from './extract-zip.js';
import { packZip } from './pack-zip.js';
import { rawZip } from './testing/raw-zip.js';
import { temporaryFolder } from './testing/temporary-folder.js';
import { openZip } from './zip-entries.js';

const folder = temporaryFolder();
const limits = { entries: 1000, bytes: 2 ** 30, ratio: 200 };

const contents: Readonly<Record<string, Buffer>> = {
  'car/1.jpg': randomBytes(100_000),
  'car/empty.jpg': Buffer.alloc(0),
  'truck/text.jpg': Buffer.from('the same again and again '.repeat(5000)),
  'Käse/日本 🚚.jpg': randomBytes(10),
  'truck/deep/er/2.jpg': randomBytes(70_000),
};

async function writeContents(): Promise<void> {
  for (const [name, bytes] of Object.entries(contents)) {
    await mkdir(dirname(folder.in('in', name)), { recursive: true });
    await writeFile(folder.in('in', name), bytes);
  }
}

/** Hashes by name: comparing the bytes themselves takes seconds. */
async function filesBelow(path: string): Promise<Record<string, string>> {
  const entries = await readdir(path, { recursive: true, withFileTypes: true });
  const names = entries
    .filter((entry) => entry.isFile())
    .map((entry) => `${entry.parentPath}/${entry.name}`.slice(path.length + 1));
  return Object.fromEntries(
    await Promise.all(names.map(async (name) => [name, sha256(await readFile(`${path}/${name}`))])),
  );
}

const sha256 = (bytes: Buffer | string) => createHash('sha256').update(bytes).digest('hex');
const hashes = Object.fromEntries(Object.entries(contents).map(([name, bytes]) => [name, sha256(bytes)]));

async function expectContents(zip: string): Promise<void> {
  await extractZip(zip, folder.in('out'), limits);
  expect(await filesBelow(folder.in('out'))).toEqual(hashes);
}

function has(command: string, ...args: string[]): boolean {
  try {
    execFileSync(command, args, { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

const python = (script: string) =>
  execFileSync('python3', ['-c', `import zipfile, os, sys\n${script}`, folder.in('in'), folder.in('x.zip')]);
const walk = `
def each():
    for top, _, names in os.walk(sys.argv[1]):
        for name in names:
            path = os.path.join(top, name)
            yield path, os.path.relpath(path, sys.argv[1])
`;

describe.skipIf(!has('python3', '--version'))('zip files of Python', () => {
  it.each(['ZIP_STORED', 'ZIP_DEFLATED'])('%s', async (method) => {
    await writeContents();
    python(`${walk}
with zipfile.ZipFile(sys.argv[2], 'w', zipfile.${method}) as z:
    for path, name in each(): z.write(path, name)`);
    await expectContents(folder.in('x.zip'));
  });

  it('zip64 forced for each entry', async () => {
    await writeContents();
    python(`${walk}
with zipfile.ZipFile(sys.argv[2], 'w', zipfile.ZIP_DEFLATED) as z:
    for path, name in each():
        with z.open(name, 'w', force_zip64=True) as out: out.write(open(path, 'rb').read())`);
    await expectContents(folder.in('x.zip'));
  });

  it('data descriptors, as written to a pipe', async () => {
    await writeContents();
    python(`${walk}
class Pipe:
    def __init__(self, file): self.file = file
    def write(self, data): return self.file.write(data)
    def flush(self): self.file.flush()
with open(sys.argv[2], 'wb') as file, zipfile.ZipFile(Pipe(file), 'w', zipfile.ZIP_DEFLATED) as z:
    for path, name in each(): z.write(path, name)`);
    await expectContents(folder.in('x.zip'));
  });
});

describe.skipIf(!has('zip', '-v'))('zip files of Info-ZIP', () => {
  it.each([['-r'], ['-r0'], ['-rfz'], ['-rfd'], ['-rD']])('zip %s', async (flags) => {
    await writeContents();
    execFileSync('zip', ['-q', flags, folder.in('x.zip'), '.'], {
      cwd: folder.in('in'),
      env: { ...process.env, LC_ALL: 'C.UTF-8' },
    });
    await expectContents(folder.in('x.zip'));
  });
});

describe.skipIf(!has('bsdtar', '--version'))('zip files of bsdtar', () => {
  it.each(['deflate', 'store'])('%s', async (compression) => {
    await writeContents();
    const options = `zip:compression=${compression}`;
    execFileSync('bsdtar', ['--format', 'zip', '--options', options, '-cf', folder.in('x.zip'), '.'], {
      cwd: folder.in('in'),
      env: { ...process.env, LC_ALL: 'C.UTF-8' },
    });
    await expectContents(folder.in('x.zip'));
  });
});

describe('zip files of yazl', () => {
  it.each([false, true])('zip64: %s', async (forceZip64Format) => {
    const zip = new ZipFile();
    for (const [name, bytes] of Object.entries(contents)) zip.addBuffer(bytes, name, { forceZip64Format });
    zip.end({ forceZip64Format, comment: 'with a comment' });
    await pipeline(zip.outputStream, createWriteStream(folder.in('x.zip')));
    await expectContents(folder.in('x.zip'));
  });
});

describe('openZip', () => {
  it('passes over what macOS adds, and keeps empty folders', async () => {
    const names = [
      'car/1.jpg',
      '__MACOSX/car/._1.jpg',
      'car/.DS_Store',
      '.DS_Store',
      '__MACOSX/',
      'empty/',
      './',
      'MACOSX/1',
    ];
    await writeFile(
      folder.in('x.zip'),
      rawZip(names.map((name) => ({ name, data: name.endsWith('/') ? '' : 'x' }))),
    );
    const { files, folders, bytes, close } = await openZip(folder.in('x.zip'), limits);
    await close();
    expect(files.map(({ path }) => path)).toEqual(['car/1.jpg', 'MACOSX/1']);
    expect(folders).toEqual(['empty']);
    expect(bytes).toBe(5);
  });

  it('reads names that are UTF-8 without saying so, and those of DOS', async () => {
    const entries = [
      { name: 'Käse/1', both: { flags: 0 } },
      { name: Buffer.from([0x81, 0x2f, 0x31]), both: { flags: 0 } },
    ];
    await writeFile(folder.in('x.zip'), rawZip(entries));
    const { files, close } = await openZip(folder.in('x.zip'), limits);
    await close();
    expect(files.map(({ path }) => path)).toEqual(['Käse/1', 'ü/1']);
  });

  it('reads a zip file behind other bytes, if its offsets say so', async () => {
    await writeFile(
      folder.in('x.zip'),
      rawZip([{ name: 'a/1', data: 'x' }], { before: Buffer.from('#!/bin/sh\n') }),
    );
    await extractZip(folder.in('x.zip'), folder.in('out'), limits);
    expect(await readdir(folder.in('out', 'a'))).toEqual(['1']);
  });
});

describe('extractZip', () => {
  it('ends with the signal and leaves nothing', async () => {
    await writeFile(folder.in('x.zip'), rawZip([{ name: 'a/1', data: randomBytes(5e6), stored: true }]));
    const reason = new Error('enough');
    const controller = new AbortController();
    const extracting = extractZip(folder.in('x.zip'), folder.in('out'), limits, controller.signal);
    setTimeout(() => controller.abort(reason), 5);
    await expect(extracting).rejects.toBe(reason);
    expect(await readdir(folder.path)).toEqual(['x.zip']);
  });

  it('touches no folder that is there', async () => {
    await writeFile(folder.in('x.zip'), rawZip([{ name: 'a/1', data: 'x' }]));
    await mkdir(folder.in('out'));
    await writeFile(folder.in('out', 'mine'), '');
    await expect(extractZip(folder.in('x.zip'), folder.in('out'), limits)).rejects.toMatchObject({
      code: 'usage/out-not-empty',
    });
    expect(await readdir(folder.in('out'))).toEqual(['mine']);
  });
});

describe('packZip', () => {
  const files = (names: readonly string[]) => names.map((name) => ({ name, path: folder.in('in', name) }));

  it('makes the same bytes of the same files, whatever their order, age and time zone', async () => {
    await writeContents();
    const names = Object.keys(contents);
    const first = await packZip(files(names), folder.in('1.zip'));
    await writeContents();
    const second = await packZip(files(names.reverse()), folder.in('2.zip'));
    expect(second.sha256).toBe(first.sha256);
    expect(first.bytes).toBe((await readFile(first.path)).length);
    await expectContents(first.path);
    await first.dispose();
    expect(await readdir(folder.path)).not.toContain('1.zip');
  });

  it.skipIf(!has('unzip', '-v'))('makes zip files that others read', async () => {
    await writeContents();
    await packZip(files(Object.keys(contents)), folder.in('x.zip'));
    execFileSync('unzip', ['-q', folder.in('x.zip'), '-d', folder.in('unzipped')], {
      env: { ...process.env, LC_ALL: 'C.UTF-8' },
    });
    expect(await filesBelow(folder.in('unzipped'))).toEqual(hashes);
  });

  it('packs nothing into an empty zip file', async () => {
    expect((await packZip([], folder.in('x.zip'))).bytes).toBe(22);
  });

  it.each([
    ['a file that is not there', ['car/missing.jpg'], { code: 'ENOENT' }],
    ['up and out', ['../evil'], { code: 'data/archive-path' }],
    ['backslashes', ['a\\b'], { code: 'data/archive-path' }],
    ['a name twice', ['car/1.jpg', 'CAR/1.jpg'], { code: 'data/archive-duplicate' }],
  ])('refuses %s and leaves nothing', async (_, names, error) => {
    await writeContents();
    await expect(packZip(files(names), folder.in('x.zip'))).rejects.toMatchObject(error);
    expect(await readdir(folder.path)).toEqual(['in']);
  });

  it('does not write over another file', async () => {
    await writeFile(folder.in('x.zip'), 'mine');
    await expect(packZip([], folder.in('x.zip'))).rejects.toMatchObject({ code: 'EEXIST' });
    expect(await readFile(folder.in('x.zip'), 'utf8')).toBe('mine');
  });

  it('takes back what it packed, for any names that it takes', async () => {
    const segment = fc.oneof(
      fc.string({ minLength: 1, maxLength: 8, unit: 'grapheme' }),
      fc.constantFrom('.', '..', 'a', 'A'),
    );
    const name = fc.array(segment, { minLength: 1, maxLength: 4 }).map((parts) => parts.join('/'));
    let run = 0;
    let packed = 0;
    await fc.assert(
      fc.asyncProperty(fc.uniqueArray(name, { maxLength: 6 }), async (names) => {
        const place = folder.in(`run${run++}`);
        await mkdir(place);
        const sources = await Promise.all(
          names.map(async (name, i) => {
            await writeFile(`${place}/${i}`, name);
            return { name, path: `${place}/${i}` };
          }),
        );
        try {
          await packZip(sources, `${place}/x.zip`);
        } catch (error) {
          expect((error as { code: string }).code).toMatch(/^data\/archive-(path|duplicate)$/);
          return;
        }
        packed++;
        await extractZip(`${place}/x.zip`, `${place}/out`, limits);
        const normal = (name: string) =>
          name
            .split('/')
            .filter((part) => part !== '.')
            .join('/');
        const expected = Object.fromEntries(names.map((name) => [normal(name), sha256(name)]));
        expect(await filesBelow(`${place}/out`)).toEqual(expected);
      }),
      { numRuns: 150 },
    );
    expect(packed).toBeGreaterThan(20);
  });
});
