import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { weightsHash } from '@graft/core';
import { modelDirectory, readRunRecord } from '@graft/node';
import type { TuneResult } from '@graft/node/results';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writePictures } from './testing/fixtures.js';
import { graft, newRun, start } from './testing/graft.js';
import { parsed } from './testing/schemas.js';

const events = ['--json', '--events', 'ndjson', '--backend', 'wasm'];
/** Many quick epochs on cached features. */
const long = (out: string) => ['tune', 'tiny', 'photos', '--out', out, '--epochs', '100000', ...events];
/** An epoch that takes a while: the whole network, one example a step. */
const slow = (out: string) => [...long(out), '--freeze', 'nothing', '--batch-size', '1'];

/** Eight pictures. */
const few = mkdtempSync(join(tmpdir(), 'graft-few-'));
beforeAll(() => writePictures(few, { pale: 2, dark: 1 }, 4));
afterAll(() => rmSync(few, { recursive: true }));

/** All of SqueezeNet at once: a step on this batch takes about two seconds on wasm. */
const deep = (out: string) => [
  ...['tune', 'squeezenet', few, '--out', out, '--epochs', '1000', ...events],
  ...['--freeze', 'nothing', '--batch-size', '32'],
];

const leftovers = (out: string) => readdirSync(dirname(out));

/** Seconds from a signal to the end of the process that are asked for, on a machine with nothing else to do. */
const asked = 1;

/**
 * Stops a run after its first epoch and checks what it leaves.
 *
 * @returns seconds from the signal to the end of the process, and of a `graft verify` on the run: it starts a
 *   process, reads the run and hashes it, and takes longer too where the machine has other work
 */
async function stopped(
  args: (out: string) => string[],
  signal: NodeJS.Signals,
  code: number,
): Promise<{ stop: number; verify: number }> {
  const out = await newRun();
  const { seen, kill, done } = start(args(out));
  await seen('"type":"epoch"');
  const begin = performance.now();
  kill(signal);
  const { exitCode, stdout, stderr } = await done;
  const end = performance.now();
  expect(exitCode).toBe(code);
  expect(parsed<TuneResult>(stdout, 'tune').interrupted).toBe(true);
  for (const line of stderr.trim().split('\n')) expect(JSON.parse(line)).toHaveProperty('type');
  expect(JSON.parse(readFileSync(join(out, 'run.json'), 'utf8')).interrupted).toBe(true);
  expect(leftovers(out)).toEqual(['run']);
  const verifyBegin = performance.now();
  expect((await graft('verify', out, '--json')).exitCode).toBe(0);
  return { stop: (end - begin) / 1000, verify: (performance.now() - verifyBegin) / 1000 };
}

describe('signals', () => {
  it.each([
    ['SIGINT', 130, 'a head', long],
    ['SIGTERM', 143, 'a head', long],
    ['SIGINT', 130, 'a deep step that takes seconds', deep],
  ] as const)(
    '%s (%d) after an epoch of %s: within a second a complete run of the best epoch',
    async (signal, code, _, args) => {
      const tries: { stop: number; verify: number }[] = [];
      const inTime = () => tries.some(({ stop, verify }) => stop < Math.max(asked, 2 * verify));
      while (!inTime() && tries.length < 3) tries.push(await stopped(args, signal, code));
      expect(inTime(), JSON.stringify(tries)).toBe(true);
    },
  );

  it('before the first epoch: no run, the error, 130', async () => {
    const out = await newRun();
    const { seen, kill, done } = start(slow(out));
    await seen('"type":"step"');
    kill('SIGINT');
    const { exitCode, stdout } = await done;
    expect(exitCode).toBe(130);
    expect(parsed(stdout, 'error')).toMatchObject({ error: { code: 'interrupted/dropped' } });
    expect(leftovers(out)).toEqual([]);
  });

  it('a second time: no run, the error, 130', async () => {
    const out = await newRun();
    const { seen, kill, done } = start(slow(out));
    await seen('"type":"epoch"');
    kill('SIGINT');
    await sleep(20);
    kill('SIGINT');
    const { exitCode, stdout } = await done;
    expect(exitCode).toBe(130);
    expect(parsed(stdout, 'error')).toMatchObject({ error: { code: 'interrupted/dropped' } });
    expect(leftovers(out)).toEqual([]);
  });

  it('kill -9 while saving leaves the old run or the new one', async () => {
    const out = await newRun();
    const tune = (seed: number) => [
      'tune',
      'tiny',
      'photos',
      '--out',
      out,
      '--epochs',
      '1',
      '--seed',
      String(seed),
      '--overwrite',
      ...events,
    ];
    await start(tune(0)).done;
    for (let seed = 1; seed <= 4; seed++) {
      const { seen, kill, done } = start(tune(seed));
      await seen('"type":"end"');
      await sleep(seed * 40);
      kill('SIGKILL');
      await done;
      const record = await readRunRecord(out);
      expect(await weightsHash(await modelDirectory(out).load())).toBe(record.weightsHash);
      expect(existsSync(join(out, 'report.html'))).toBe(true);
    }
    expect((await start(tune(9)).done).exitCode).toBe(0);
    expect(leftovers(out)).toEqual(['run']);
  });
});
