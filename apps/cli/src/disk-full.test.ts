import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { shared } from './testing/fixtures.js';
import { graft, main, type Outcome } from './testing/graft.js';
import { parsed } from './testing/schemas.js';

let run = '';
beforeAll(async () => {
  run = join(await mkdtemp(join(tmpdir(), 'graft-full-')), 'run');
  await graft(...tune(run));
});
afterAll(() => rm(dirname(run), { recursive: true, force: true }));

const tune = (out: string) => [
  'tune',
  'tiny',
  'photos',
  '--out',
  out,
  '--overwrite',
  '--epochs',
  '1',
  '--backend',
  'cpu',
  '--json',
];

/** Runs a line of bash in the folder of the shared models and data; `"$@"` is graft with these arguments. */
const bash = (line: string, args: readonly string[], launcher: readonly string[] = []): Promise<Outcome> =>
  new Promise((resolve) => {
    const [command = 'bash', ...words] = [
      ...launcher,
      'bash',
      '-c',
      line,
      'bash',
      process.execPath,
      main,
      ...args,
    ];
    execFile(command, words, { cwd: shared }, (error, stdout, stderr) =>
      resolve({
        exitCode: error ? ((error.code as unknown as number | undefined) ?? null) : 0,
        stdout,
        stderr,
      }),
    );
  });

const hashes = (folder: string) =>
  readdirSync(folder).map((name) => [
    name,
    createHash('sha256')
      .update(readFileSync(join(folder, name)))
      .digest('hex'),
  ]);

describe('a limit on the size of files', () => {
  // Files that are smaller than the one named still fit.
  it.each(['weights.bin', 'model.json', 'run.json', 'report.html'])('before %s fits', async (file) => {
    const before = hashes(run);
    const blocks = Math.floor((statSync(join(run, file)).size - 1) / 1024);
    const { exitCode, stdout } = await bash(`ulimit -f ${blocks}; exec "$@"`, tune(run));
    const { error } = parsed<{ error: { code: string; message: string } }>(stdout, 'error');
    expect([exitCode, error.code]).toEqual([6, 'resource/disk-full']);
    expect(error.message).toContain(run);
    expect(hashes(run)).toEqual(before);
    expect(readdirSync(dirname(run))).toEqual([basename(run)]);
  });

  it('a new run leaves nothing', async () => {
    const out = join(dirname(run), 'new', 'run');
    const { exitCode } = await bash('ulimit -f 0; exec "$@"', tune(out));
    expect(exitCode).toBe(6);
    expect(readdirSync(dirname(run))).toEqual([basename(run)]);
  });

  it('a limit that all fit under is none', async () => {
    const { exitCode } = await bash('ulimit -f 4096; exec "$@"', tune(run));
    expect(exitCode).toBe(0);
  });
});

const mount = 'mount -t tmpfs -o size=';
const { exitCode: cannotMount } = await bash(`${mount}64k graft /mnt`, [], ['unshare', '-m']);

describe('a small file system', () => {
  it.skipIf(cannotMount !== 0)('that holds one run and not two (needs root, to mount it)', async () => {
    const kilobytes = readdirSync(run).reduce(
      (sum, name) => sum + Math.ceil(statSync(join(run, name)).size / 4096) * 4, // whole pages
      0,
    );
    const line = `
      ${mount}${Math.ceil(kilobytes * 1.5)}k graft /mnt && "$@" > /dev/null && sha256sum /mnt/run/* > /tmp/before.$$
      "$@"; code=$?
      sha256sum --quiet --check /tmp/before.$$ >&2 || code=99
      rm /tmp/before.$$; ls -A /mnt >&2; exit $code`;
    const { exitCode, stdout, stderr } = await bash(
      line,
      [...tune('/mnt/run'), '--quiet'],
      ['unshare', '-m'],
    );
    expect(parsed<{ error: { code: string } }>(stdout, 'error').error.code).toBe('resource/disk-full');
    expect([exitCode, stderr.trim().split('\n').at(-1)]).toEqual([6, 'run']);
  });
});
