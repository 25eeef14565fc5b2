import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { EvaluateResult, InspectResult, PredictResult, TuneResult } from '@graft/node/results';
import { describe, expect, it } from 'vitest';
import type { DoctorResult, VerifyResult } from './json-schemas.js';
import { shared, spec } from './testing/fixtures.js';
import { backends, graft, newRun } from './testing/graft.js';
import { parsed } from './testing/schemas.js';

it('inspects a built-in model', async () => {
  const { exitCode, stdout, stderr } = await graft('inspect', 'squeezenet', '--json');
  const summary = parsed<InspectResult>(stdout, 'inspect');
  expect(exitCode).toBe(0);
  expect(stderr).toBe('');
  expect(summary.parameters).toBe(1_235_496);
  expect(summary.cutPoints).toContain('fire9_concat');
  expect(summary.inputSpec?.colorOrder).toBe('bgr');
});

it('doctor says of every backend whether it works', async () => {
  const { exitCode, stdout } = await graft('--json', 'doctor');
  const { backends: found } = parsed<DoctorResult>(stdout, 'doctor');
  expect(exitCode).toBe(0);
  expect(found.map(({ name }) => name)).toEqual(['tensorflow', 'wasm', 'cpu']);
  for (const { name, usable, reason, version } of found) {
    if (name !== 'tensorflow') expect(usable).toBe(true);
    expect(usable ? version : reason).toEqual(expect.any(String));
  }
});

describe.each(backends)('on %s', (backend) => {
  it('tunes, verifies, evaluates and predicts pictures; equal seeds give equal bytes', async () => {
    const out = await newRun();
    const args = ['tune', 'tiny', 'photos', '--backend', backend, '--epochs', '5', '--seed', '7'];
    const first = await graft(...args, '--out', out, '--json', '--quiet');
    const tuned = parsed<TuneResult>(first.stdout, 'tune');
    expect(first).toMatchObject({ exitCode: 0, stderr: '' });
    expect(tuned).toMatchObject({
      out,
      backend,
      classes: ['day', 'night'],
      cut: 'pool',
      interrupted: false,
      warnings: [],
    });
    expect(tuned.examples).toEqual({ train: 16, validation: 4 });
    expect(tuned.freeze).toEqual({ checked: 10, identical: 8, trained: 2, unmoved: 0, failed: 0 });
    expect(tuned.validation).toMatchObject({ accuracy: 1, baselineAccuracy: 0.5 });
    const { data, features, train, total } = tuned.seconds;
    expect(data + features + train).toBeLessThan(total);
    expect(readdirSync(out).sort()).toEqual(['model.json', 'report.html', 'run.json', 'weights.bin']);
    expect(readFileSync(join(out, 'report.html'), 'utf8')).toContain('data:image/jpeg;base64,');
    const record = JSON.parse(readFileSync(join(out, 'run.json'), 'utf8'));
    expect(record.inputSpec).toEqual(spec);

    const again = await newRun();
    const second = await graft(...args, '--out', again, '--json');
    expect(parsed<TuneResult>(second.stdout, 'tune').weightsHash).toBe(tuned.weightsHash);

    const third = await graft(
      'tune',
      'tiny',
      'photos',
      '--backend',
      backend,
      '--recipe',
      join(out, 'run.json'),
      '--out',
      again,
      '--overwrite',
      '--json',
    );
    expect(parsed<TuneResult>(third.stdout, 'tune').weightsHash).toBe(tuned.weightsHash);

    const verified = await graft('verify', out, '--json');
    expect(parsed<VerifyResult>(verified.stdout, 'verify')).toEqual({
      source: 'tiny',
      ...tuned.freeze,
      match: true,
    });
    expect(verified.exitCode).toBe(0);

    const evaluated = await graft('evaluate', out, 'photos', '--json', '--backend', backend);
    expect(parsed<EvaluateResult>(evaluated.stdout, 'evaluate')).toMatchObject({
      ...{ examples: 20, accuracy: 1, balancedAccuracy: 1, baselineAccuracy: 0.5, classes: ['day', 'night'] },
      confusion: [
        [10, 0],
        [0, 10],
      ],
    });

    const predicted = await graft(
      'predict',
      out,
      'photos/night',
      'photos/day/0.png',
      '--top',
      '1',
      '--json',
      '--backend',
      backend,
    );
    const predictions = parsed<PredictResult>(predicted.stdout, 'predict');
    expect(predictions).toHaveLength(11);
    expect(predictions[0]).toMatchObject({
      file: 'photos/night/0.png',
      row: null,
      predictions: [{ label: 'night' }],
    });
    expect(predictions[10]).toMatchObject({ file: 'photos/day/0.png', predictions: [{ label: 'day' }] });

    const prose = await graft('predict', out, 'photos/day/0.png', '--backend', backend, '--quiet');
    expect(prose.stdout).toMatch(/^photos\/day\/0.png {2}day \d+\.\d % {2}night \d+\.\d %\n$/);
  });

  it('learns numbers, labels and flags from tables, and tunes a run further', async () => {
    const [houses, sides, flags] = [await newRun(), await newRun(), await newRun()];
    const tune = async (data: string, out: string, ...more: string[]) =>
      parsed<TuneResult>(
        (
          await graft(
            'tune',
            'numbers',
            data,
            '--out',
            out,
            '--json',
            '--backend',
            backend,
            '--epochs',
            '20',
            ...more,
          )
        ).stdout,
        'tune',
      );
    const regression = await tune('houses.csv', houses, '--target', 'y');
    expect(regression.classes).toBe(null);
    expect(regression.validation).toHaveProperty('r2');
    const classes = await tune('sides.csv', sides, '--target', 'side');
    expect(classes).toMatchObject({ classes: ['high', 'low'] });
    const multi = await tune('flags.csv', flags, '--target', 'up,left');
    expect(multi).toMatchObject({ classes: ['up', 'left'] });

    const evaluated = await graft('evaluate', houses, 'houses.csv', '--json', '--backend', backend);
    expect(parsed<EvaluateResult>(evaluated.stdout, 'evaluate')).toHaveProperty('meanAbsoluteError');
    const manyFlags = await graft('evaluate', flags, 'flags.csv', '--json', '--backend', backend);
    expect(parsed<EvaluateResult>(manyFlags.stdout, 'evaluate')).toMatchObject({
      confusion: null,
      classes: ['up', 'left'],
    });
    const values = await graft('predict', houses, 'houses.csv', '--json', '--backend', backend);
    expect(parsed<PredictResult>(values.stdout, 'predict')[59]).toEqual({
      file: 'houses.csv',
      row: 60,
      value: expect.any(Number),
    });

    const further = await newRun();
    const kept = await graft(
      'tune',
      sides,
      'sides.csv',
      '--target',
      'side',
      '--remove',
      '0',
      '--freeze',
      'nothing',
      '--out',
      further,
      '--json',
      '--backend',
      backend,
    );
    expect(parsed<TuneResult>(kept.stdout, 'tune').freeze).toMatchObject({ identical: 0, failed: 0 });
    expect(parsed<VerifyResult>((await graft('verify', further, '--json')).stdout, 'verify').match).toBe(
      true,
    );
  });
});

it('takes another input spec where the model says none', async () => {
  const out = await newRun();
  const { exitCode, stdout } = await graft(
    'tune',
    'unknown/model.json',
    'photos',
    '--out',
    out,
    '--json',
    '--input-range',
    '-1,1',
    '--input-mean',
    '.5,.4,.3',
    '--resize',
    'crop',
    '--epochs',
    '2',
    '--backend',
    'cpu',
  );
  expect(exitCode).toBe(0);
  parsed<TuneResult>(stdout, 'tune');
  const { inputSpec } = JSON.parse(readFileSync(join(out, 'run.json'), 'utf8'));
  expect(inputSpec).toEqual({ ...spec, range: [-1, 1], mean: [0.5, 0.4, 0.3], resize: 'crop' });
});

it('reads what Teachable Machine says of its model', async () => {
  const { stdout } = await graft('inspect', 'teachable', '--json');
  const { inputSpec } = parsed<InspectResult>(stdout, 'inspect');
  expect(inputSpec).toEqual({ ...spec, range: [-1, 1], resize: 'crop' });
});

it('asks where the source is if it has moved', async () => {
  const out = await newRun();
  await graft(
    'tune',
    'unknown',
    'photos',
    '--out',
    out,
    '--input-range',
    '0,1',
    '--epochs',
    '1',
    '--backend',
    'cpu',
    '--quiet',
  );
  const elsewhere = join(await newRun(), 'one', 'two', 'three');
  mkdirSync(dirname(elsewhere), { recursive: true });
  renameSync(out, elsewhere);
  const { exitCode, stdout } = await graft('verify', elsewhere, '--json');
  expect(exitCode).toBe(5);
  expect(parsed(stdout, 'error')).toMatchObject({
    error: { code: 'model/source-not-found', hint: expect.stringContaining('--source') },
  });
});

it('replaces a run only if it is told to', async () => {
  const out = await newRun();
  const tune = (...more: string[]) =>
    graft('tune', 'tiny', 'photos', '--out', out, '--json', '--epochs', '1', '--backend', 'cpu', ...more);
  const hashOf = () => JSON.parse(readFileSync(join(out, 'run.json'), 'utf8')).weightsHash;
  await tune('--seed', '1');
  const old = hashOf();
  expect((await tune('--seed', '2')).exitCode).toBe(2);
  expect((await tune('--seed', '2', '--overwrite', '--cut', 'nowhere')).exitCode).toBe(2);
  expect(hashOf()).toBe(old);
  expect((await tune('--seed', '2', '--overwrite')).exitCode).toBe(0);
  expect(hashOf()).not.toBe(old);
  const itself = await graft('tune', out, 'photos', '--out', out, '--overwrite', '--json');
  expect(parsed(itself.stdout, 'error')).toMatchObject({ error: { code: 'usage/out-is-source' } });
  expect(existsSync(join(shared, 'photos'))).toBe(true);
});
