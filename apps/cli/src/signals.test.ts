import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { weightsHash } from '@graft/core';
import { modelDirectory, readRunRecord } from '@graft/node';
import type { TuneResult } from '@graft/node/results';
import { describe, expect, it } from 'vitest';
import { graft, newRun, start } from './testing/graft.js';
import { parsed } from './testing/schemas.js';

const events = ['--json', '--events', 'ndjson', '--backend', 'wasm'];
/** Many quick epochs on cached features. */
const long = (out: string) => ['tune', 'tiny', 'photos', '--out', out, '--epochs', '100000', ...events];
/** An epoch that takes a while: the whole network, one example a step. */
const slow = (out: string) => [...long(out), '--freeze', 'nothing', '--batch-size', '1'];

const leftovers = (out: string) => readdirSync(dirname(out));

describe('signals', () => {
  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)('%s after an epoch: within a second a complete run of the best epoch', async (signal, code) => {
    const out = await newRun();
    const { seen, kill, done } = start(long(out));
    await seen('"type":"epoch"');
    const begin = performance.now();
    kill(signal);
    const { exitCode, stdout, stderr } = await done;
    expect(exitCode).toBe(code);
    expect(performance.now() - begin).toBeLessThan(4000); // a second on a machine that does nothing else
    expect(parsed<TuneResult>(stdout, 'tune').interrupted).toBe(true);
    for (const line of stderr.trim().split('\n')) expect(JSON.parse(line)).toHaveProperty('type');
    expect(JSON.parse(readFileSync(join(out, 'run.json'), 'utf8')).interrupted).toBe(true);
    expect((await graft('verify', out, '--json')).exitCode).toBe(0);
  });

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
