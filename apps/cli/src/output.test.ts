import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { shared, writePictures } from './testing/fixtures.js';
import { graft, newRun, start } from './testing/graft.js';
import { parsed } from './testing/schemas.js';

const main = fileURLToPath(new URL('../dist/main.js', import.meta.url));

describe('output', () => {
  it('tune --help shows three examples and the exit codes', async () => {
    const { stdout } = await graft('tune', '--help');
    expect(stdout.match(/^ {2}graft tune /gm)).toHaveLength(3);
    expect(stdout).toContain('Exit codes:');
    expect(JSON.parse((await graft('--version', '--json')).stdout)).toMatch(/^\d+\.\d+\.\d+/);
  });

  it('is not disturbed by a reader who leaves', async () => {
    const shell = promisify(execFile)('sh', [
      '-c',
      `"${process.execPath}" "${main}" inspect squeezenet | head -1; "${process.execPath}" "${main}" inspect squeezenet --json | head -c 1`,
    ]);
    const { stdout, stderr } = await shell;
    expect(stderr).toBe('');
    expect(stdout).toMatch(/^layer .*\n\{$/);
  });

  it('colours nothing where nobody looks, and plain lines tell the progress', async () => {
    const out = await newRun();
    const { exitCode, stdout, stderr } = await start(
      ['tune', 'tiny', 'photos', '--out', out, '--backend', 'cpu', '--epochs', '3'],
      { FORCE_COLOR: '1' },
    ).done;
    expect(exitCode).toBe(0);
    expect(stdout + stderr).not.toContain('\x1b');
    expect(stderr).toMatch(/computing features 20\/20/);
    expect(stderr).toMatch(/epoch 3\/3, loss/);
    expect(stdout).toContain('8 of 10 weights bit-identical, 2 trained');
  });

  it('on a terminal: colours unless NO_COLOR, one updating line', async () => {
    const python = `import os, pty, sys
status = pty.spawn(sys.argv[1:])
sys.exit(os.waitstatus_to_exitcode(status))`;
    const onTty = async (out: string, env: Record<string, string>) =>
      promisify(execFile)(
        'python3',
        [
          '-c',
          python,
          process.execPath,
          main,
          'tune',
          'tiny',
          'photos',
          '--out',
          out,
          '--backend',
          'cpu',
          '--epochs',
          '3',
        ],
        {
          cwd: shared,
          env: { PATH: process.env.PATH ?? '', TERM: 'xterm', ...env },
        },
      );
    const colored = (await onTty(await newRun(), {})).stdout;
    expect(colored).toContain('\r\x1b[2K');
    expect(colored).toContain('\x1b[32m');
    const plain = (await onTty(await newRun(), { NO_COLOR: '1' })).stdout;
    expect(plain.replaceAll('\r\x1b[2K', '')).not.toContain('\x1b');
  });

  it('shows hostile names harmlessly', async () => {
    const names = [
      '\x1b[2J\x1b]0;owned\x07car',
      'tr\u202euck',
      '<img src=x onerror=alert(1)>',
      'bus \u{1f68c}',
    ];
    const folder = join(shared, 'hostile');
    await writePictures(folder, Object.fromEntries(names.map((name, index) => [name, index])), 3);
    const out = await newRun();
    const { exitCode, stdout, stderr } = await graft(
      'tune',
      'tiny',
      'hostile',
      '--out',
      out,
      '--backend',
      'cpu',
      '--epochs',
      '2',
    );
    expect(exitCode).toBe(0);
    const evaluated = await graft('evaluate', out, 'hostile', '--backend', 'cpu');
    const predicted = await graft('predict', out, 'hostile', '--json', '--backend', 'cpu');
    const wrong = await graft('evaluate', out, 'photos', '--backend', 'cpu');
    expect(wrong.exitCode).toBe(4);
    for (const text of [stdout, stderr, evaluated.stdout, evaluated.stderr, predicted.stdout, wrong.stderr]) {
      expect(text.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\u202e]/u);
    }
    expect(evaluated.stdout).toContain('\\u001b[2J\\u001b]0;owned\\u0007car');
    expect(evaluated.stdout).toContain('bus \u{1f68c}');
    const files = parsed<{ file: string }[]>(predicted.stdout, 'predict').map(({ file }) => file);
    expect(new Set(files.map((file) => file.split('/')[1]))).toEqual(new Set(readdirSync(folder)));
    expect(readFileSync(join(out, 'report.html'), 'utf8')).not.toContain('<img src=x');
  });
});
