import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, readdir, readFile, rename, symlink, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { checkOut } from './check-out.js';
import { recoverRun } from './recover-run.js';
import { asNobody } from './testing/as-nobody.js';
import { addFiles, tempFolder } from './testing/temp-folder.js';
import { writeRun } from './write-run.js';

const run = (n: number) => ({
  'model.json': `${n}`,
  'run.json': `${n}`,
  'weights.bin': `${n}`,
  'report.html': `${n}`,
});
const write = (out: string, n: number, overwrite = false) =>
  writeRun(out, { overwrite }, async ({ path }) => {
    await addFiles(path, run(n));
    return n;
  });
/** The number in every file of a run that is whole; what is beside it. */
async function read(out: string): Promise<{ run: string | null; beside: string[] }> {
  const beside = (await readdir(dirname(out))).filter((name) => name !== basename(out));
  const names = await readdir(out).catch(() => null);
  if (!names) return { run: null, beside };
  const contents = new Set(await Promise.all(names.map((name) => readFile(join(out, name), 'utf8'))));
  expect([names.length, contents.size]).toEqual([4, 1]);
  return { run: [...contents][0] as string, beside };
}

describe('writeRun', () => {
  it('writes a new run, into new and into empty directories', async () => {
    const root = await tempFolder();
    expect(await write(join(root, 'deep/er/run'), 1)).toBe(1);
    expect(await read(join(root, 'deep/er/run'))).toEqual({ run: '1', beside: [] });
    await mkdir(join(root, 'empty'));
    await write(join(root, 'empty/'), 2);
    expect((await read(join(root, 'empty'))).run).toBe('2');
  });

  it('replaces a run only if asked to, and follows a link', async () => {
    const root = await tempFolder();
    const out = join(root, 'run');
    await write(out, 1);
    await expect(write(out, 2)).rejects.toMatchObject({ code: 'usage/out-not-empty', details: { out } });
    await write(out, 3, true);
    await symlink('run', join(root, 'link'));
    await write(join(root, 'link'), 4, true);
    expect(await read(out)).toEqual({ run: '4', beside: ['link'] });
  });

  it('keeps the old run, and nothing else, when filling fails', async () => {
    const root = await tempFolder();
    const failing = (out: string, error: unknown) =>
      writeRun(out, { overwrite: true }, async ({ path }) => {
        await writeFile(join(path, 'model.json'), 'half');
        throw error;
      });
    const error = new Error('out of luck');
    await expect(failing(join(root, 'a/b/run'), error)).rejects.toBe(error);
    expect(await readdir(root)).toEqual([]);
    const out = join(root, 'run');
    await write(out, 1);
    await expect(failing(out, error)).rejects.toBe(error);
    expect(await read(out)).toEqual({ run: '1', beside: [] });
  });

  it('says that the disk is full', async () => {
    const root = await tempFolder();
    const out = join(root, 'run');
    // /dev/full answers every write with ENOSPC.
    await expect(writeRun(out, {}, () => writeFile('/dev/full', 'x'))).rejects.toMatchObject({
      code: 'resource/disk-full',
    });
    expect(await readdir(root)).toEqual([]);
  });

  it('does not lose a run that another writer finished meanwhile', async () => {
    const root = await tempFolder();
    const out = join(root, 'run');
    const late = writeRun(out, {}, async ({ path }) => {
      await write(out, 1);
      await addFiles(path, run(2));
    });
    await expect(late).rejects.toMatchObject({ code: 'usage/out-not-empty' });
    expect(await read(out)).toEqual({ run: '1', beside: [] });
  });

  it('lets writers of one run race: the last whole one stands', async () => {
    const root = await tempFolder();
    const out = join(root, 'run');
    await write(out, 0);
    await Promise.all([1, 2, 3, 4].map((n) => write(out, n, true)));
    expect(await read(out)).toEqual({ run: expect.stringMatching(/^[1-4]$/), beside: [] });
  });
});

describe('checkOut', () => {
  const cases: [string, string, boolean, Record<string, string>][] = [
    ['a run without overwrite', 'usage/out-not-empty', false, run(1)],
    ['any file', 'usage/out-not-empty', false, { a: 'x' }],
    ['a hidden file', 'usage/out-not-empty', false, { '.a': 'x' }],
    ['no run', 'usage/out-not-a-run', true, { 'model.json': 'x', 'weights.bin': 'x' }],
    ['run.json alone', 'usage/out-not-a-run', true, { 'run.json': 'x' }],
    ['a file of someone else', 'usage/out-not-a-run', true, { ...run(1), 'thesis.docx': 'x' }],
    ['a hidden file of someone else', 'usage/out-not-a-run', true, { ...run(1), '.env': 'x' }],
    ['a folder of someone else', 'usage/out-not-a-run', true, { ...run(1), 'photos/a.jpg': 'x' }],
  ];
  it.each(cases)('%s: %s', async (_name, code, overwrite, files) => {
    const root = await tempFolder();
    const out = join(root, 'out');
    await addFiles(out, files);
    await expect(checkOut(out, { overwrite })).rejects.toMatchObject({ code });
    await expect(write(out, 2, overwrite)).rejects.toMatchObject({ code });
    expect(await readdir(root)).toEqual(['out']);
    expect(await readFile(join(out, Object.keys(files)[0] as string), 'utf8')).toBe(Object.values(files)[0]);
  });

  it('passes what can be written', async () => {
    const root = await tempFolder({ 'empty/x/y': '' });
    await addFiles(join(root, 'run'), {
      ...run(1),
      'comparison.json': '',
      'group1-shard1of1.bin': '',
      '.DS_Store': '',
    });
    await checkOut(join(root, 'run'), { overwrite: true });
    await checkOut(join(root, 'new/and/deep'));
    expect(await readdir(root)).toEqual(['empty', 'run']);
  });

  const bad: [string, string, (root: string) => string][] = [
    ['a file', 'usage/out-not-a-directory', (root) => join(root, 'file')],
    ['below a file', 'usage/out-not-a-directory', (root) => join(root, 'file/run')],
    ['a link to a file', 'usage/out-not-a-directory', (root) => join(root, 'link')],
    ['a broken link', 'usage/out-not-writable', (root) => join(root, 'broken')],
    ['a link in a circle', 'usage/out-not-writable', (root) => join(root, 'circle')],
    ['a device', 'usage/out-not-a-directory', () => '/dev/null'],
    ['a file system that takes no directories', 'usage/out-not-writable', () => '/proc/graft/run'],
    ['a name that is too long', 'usage/out-not-writable', (root) => join(root, 'x'.repeat(255))],
    ['a name with NUL', 'usage/out-not-writable', (root) => join(root, 'a\0b')],
    ['the root of everything', 'usage/out-not-empty', () => '/'],
  ];
  it.each(bad)('%s: %s', async (_name, code, place) => {
    const root = await tempFolder({ file: 'x' });
    await symlink('file', join(root, 'link'));
    await symlink('nowhere', join(root, 'broken'));
    await symlink('circle', join(root, 'circle'));
    const before = await readdir(root);
    await expect(write(place(root), 1)).rejects.toMatchObject({ code });
    expect(await readdir(root)).toEqual(before);
  });

  it('a read-only parent', async () => {
    const root = await tempFolder();
    await mkdir(join(root, 'inner'));
    await chmod(root, 0o555);
    await asNobody(async () => {
      for (const out of ['run', 'new/run', 'inner/run']) {
        await expect(write(join(root, out), 1), out).rejects.toMatchObject({
          code: 'usage/out-not-writable',
        });
      }
    });
    expect(await readdir(root)).toEqual(['inner']);
  });
});

describe('recoverRun', () => {
  it('brings the old run back where the new one is missing', async () => {
    const root = await tempFolder();
    const out = join(root, 'run');
    await write(out, 1);
    await rename(out, join(root, '.run.graft-old'));
    await recoverRun(out);
    await recoverRun(out);
    expect(await read(out)).toEqual({ run: '1', beside: [] });
  });

  it('follows a link to a run that is missing', async () => {
    const root = await tempFolder();
    await mkdir(join(root, 'runs'));
    await write(join(root, 'runs/a'), 1);
    await symlink('runs/a', join(root, 'latest'));
    await rename(join(root, 'runs/a'), join(root, 'runs/.a.graft-old'));
    await checkOut(join(root, 'latest'), { overwrite: true });
    expect(await read(join(root, 'runs/a'))).toEqual({ run: '1', beside: [] });
  });

  it('keeps the new run where both are there', async () => {
    const root = await tempFolder();
    const out = join(root, 'run');
    await write(out, 2);
    await addFiles(join(root, '.run.graft-old'), run(1));
    await recoverRun(out);
    expect(await read(out)).toEqual({ run: '2', beside: [] });
  });

  it('is done by checks and writers too; drafts of processes that are gone are removed, others stay', async () => {
    const root = await tempFolder();
    const out = join(root, 'run');
    const { pid } = spawn(process.execPath, ['--version']);
    let draft = '';
    await writeRun(out, {}, async ({ path }) => {
      draft = basename(path);
      await addFiles(path, run(1));
    });
    const left = draft.replace(`-${process.pid}-`, `-${pid}-`);
    const elsewhere = draft.replace(/draft-[0-9a-f]{8}/, 'draft-00000000');
    await addFiles(root, { [`${left}/a`]: '', [`${elsewhere}/a`]: '', [`${draft}/a`]: '' });
    await rename(out, join(root, '.run.graft-old'));
    await new Promise((resolve) => setTimeout(resolve, 300));
    await checkOut(out, { overwrite: true });
    await write(out, 2, true);
    expect(await read(out)).toEqual({ run: '2', beside: [elsewhere, draft].sort() });
  });
});

describe('a kill while runs are written', () => {
  const script = fileURLToPath(new URL('./testing/write-runs.mjs', import.meta.url));
  const child = (out: string, first: number, killAt: number) =>
    spawn(process.execPath, [script], {
      env: { ...process.env, OUT: out, FIRST: `${first}`, KILL_AT: `${killAt}` },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
  /** Which run is there; every file is whole. */
  const whole = async (out: string): Promise<number | null> => {
    await recoverRun(out);
    const { run, beside } = await read(out);
    expect(beside).not.toContain(`.${basename(out)}.graft-old`);
    if (run === null) return null;
    const number = run.slice(0, run.length / 20_000);
    expect(run).toBe(number.repeat(20_000));
    return Number(number);
  };

  it.each([
    ['the old run or the new one', true],
    ['nothing or the new run', false],
  ])('before any call to the file system leaves %s', async (_what, overwrite) => {
    const root = await tempFolder();
    const outcomes = new Set<string>();
    let kills = 0;
    for (let n = 1, old = null as number | null, finished = false; !finished; n++) {
      const out = join(root, overwrite ? 'run' : `run-${n}`);
      const [code] = await once(child(out, n, n), 'exit');
      finished = code === 0;
      kills += finished ? 0 : 1;
      const there = await whole(out);
      expect([old, n]).toContain(there);
      outcomes.add(there === n ? 'new' : 'old');
      if (overwrite) old = there;
    }
    expect([...outcomes].sort()).toEqual(['new', 'old']);
    expect(kills).toBeGreaterThanOrEqual(overwrite ? 22 : 16);
  });

  it('at any time leaves a whole run', async () => {
    const root = await tempFolder();
    const out = join(root, 'run');
    for (let n = 1, last = 0; n <= 12; n++) {
      const writer = child(out, n * 1000, 0);
      await once(writer.stdout, 'data');
      await new Promise((resolve) => setTimeout(resolve, n * 4));
      writer.kill('SIGKILL');
      await once(writer, 'exit');
      const there = await whole(out);
      expect(there === null ? 0 : there).toBeGreaterThanOrEqual(last);
      last = there ?? 0;
    }
    await write(out, 1, true); // the next writer clears what the killed ones left
    expect((await read(out)).beside).toEqual([]);
  });
});
