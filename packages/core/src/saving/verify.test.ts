import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type LoadedModel, loadPretrained, type PretrainedModel } from '../model/pretrained-model.js';
import { weightsOf } from '../model/stored-weights.js';
import { resolveRecipe } from '../recipe/resolve-recipe.js';
import { artifactsOf, MemoryHandler, quantized, weightBytes } from '../testing/memory-model.js';
import { clusters, denseModel, pretrainedFrom } from '../testing/tiny-models.js';
import { prepareBackend } from '../tfjs/prepare-backend.js';
import { fineTune } from '../training/fine-tune.js';
import { predictValues } from '../training/predict.js';
import { save } from './artifacts.js';
import { createRunRecord } from './create-run-record.js';
import { parseRunRecord, type RunRecord } from './run-record.js';
import { verify } from './verify.js';

const facts = {
  source: { name: 'base', path: null },
  targetColumns: null,
  backend: 'cpu',
  versions: {},
  warnings: [],
};

let source: tf.io.ModelArtifacts;
let pretrained: PretrainedModel;
let run: tf.io.ModelArtifacts;
let record: RunRecord;
let answers: number[];

const ones = { size: 1, input: () => tf.ones([4]) };
const answersOf = (model: LoadedModel) => predictValues(model, ones);

beforeAll(async () => {
  await tf.setBackend('cpu');
  prepareBackend('cpu');
  const model = denseModel();
  source = quantized(await artifactsOf(model), (name) => (name.startsWith('first') ? 'uint8' : 'float16'));
  model.dispose();
  pretrained = await loadPretrained(new MemoryHandler(source));
  const data = clusters([4], ['a', 'b', 'c'], 24);
  const tuned = await fineTune({
    pretrained,
    data,
    recipe: resolveRecipe(pretrained, data, { epochs: 2, freeze: { upTo: 'first' } }),
  });
  const handler = new MemoryHandler();
  await save(tuned.model, handler);
  run = await handler.load();
  record = await createRunRecord(tuned.model, tuned.report, run, facts);
  answers = await answersOf(tuned.model);
});

let copy: tf.io.ModelArtifacts;
beforeEach(() => {
  copy = { ...run, weightData: weightBytes(run).slice().buffer };
});

describe('save', () => {
  test('unchanged weights keep the bytes of the source, quantised as they were; changed ones are float32', () => {
    const forms = Object.fromEntries(
      (run.weightSpecs ?? []).map(({ name, quantization }) => [name, quantization?.dtype ?? 'float32']),
    );
    expect(forms).toEqual({
      ...{
        'first/kernel': 'uint8',
        'first/bias': 'uint8',
        'second/kernel': 'float32',
        'second/bias': 'float32',
      },
      ...{ 'head_logits/kernel': 'float32', 'head_logits/bias': 'float32' },
    });
    expect(weightBytes(run).subarray(0, 25)).toEqual(weightBytes(source).subarray(0, 25)); // 4 x 5 + 5 bytes
  });

  test('what was saved answers as the model did, and knows its labels', async () => {
    const loaded = await loadPretrained(new MemoryHandler(run));
    expect(loaded).toMatchObject({ labels: ['a', 'b', 'c'], task: 'classify', featureLayer: 'second' });
    expect(await answersOf(loaded)).toEqual(answers);
  });
});

describe('the run record', () => {
  test('comes back from JSON as it was', () => {
    expect(parseRunRecord(JSON.parse(JSON.stringify(record)))).toEqual(record);
  });

  test.each([
    ['another format', { format: 'other' }],
    ['a field that is not known', { extra: 1 }],
    ['a hash that is none', { weightsHash: 'abc' }],
    ['no phases', { phases: [] }],
  ])('with %s it is refused', (_, change) => {
    expect(() => parseRunRecord({ ...record, ...change })).toThrow(
      expect.objectContaining({ code: 'model/bad-run-record' }),
    );
  });
});

describe('verify', () => {
  test('a run as it was written matches', async () => {
    expect(await verify(record, run, pretrained)).toEqual({
      ...{ checked: 6, identical: 2, trained: 4, unmoved: 0, failed: 0 },
      ...{ match: true, mismatches: [] },
    });
  });

  test.each([
    ['a frozen weight', 3, 1],
    ['a trained weight', 40, 0],
  ])('one changed byte of %s is found', async (_, at, failed) => {
    const bytes = new Uint8Array(copy.weightData as ArrayBuffer);
    bytes[at]! ^= 1;
    const verification = await verify(record, copy, pretrained);
    expect(verification).toMatchObject({ match: false, failed });
    expect(verification.mismatches.length).toBeGreaterThanOrEqual(2); // the weight's own hash, and that of all
  });

  test('another source is found, by its frozen weights and by those that trained', async () => {
    const other = await pretrainedFrom(denseModel());
    const verification = await verify(record, run, other);
    expect(verification).toMatchObject({ match: false, failed: 1 }); // the bias is 0 in both
    expect(verification.mismatches.filter((line) => line.includes('the source is not the one'))).toHaveLength(
      2,
    );
  });

  test('a weight too many or too few is found', async () => {
    const more = {
      ...copy,
      weightSpecs: [...(copy.weightSpecs ?? []), { name: 'extra', shape: [0], dtype: 'float32' as const }],
    };
    expect((await verify(record, more, pretrained)).mismatches).toContainEqual(
      expect.stringMatching(/^extra: not in the run record/),
    );
    const fewer = { ...record, weights: record.weights.slice(1) };
    expect((await verify(fewer, run, pretrained)).match).toBe(false);
  });

  test('a record that calls a trained weight frozen does not match', async () => {
    const weights = record.weights.map((weight) => ({ ...weight, frozen: true }));
    expect(await verify({ ...record, weights }, run, pretrained)).toMatchObject({ match: false, failed: 4 });
  });

  test('a changed topology or label is found', async () => {
    const userDefinedMetadata = { graft: { labels: ['a', 'c', 'b'] } };
    expect((await verify(record, { ...run, userDefinedMetadata }, pretrained)).match).toBe(false);
  });
});

test('a frozen weight that moved fails the run', async () => {
  const data = clusters([4], ['a', 'b', 'c'], 24);
  const { model, report } = await fineTune({
    pretrained,
    data,
    recipe: resolveRecipe(pretrained, data, { epochs: 1 }),
  });
  weightsOf(model.graph)[0]?.weight.write(tf.zeros([4, 5]));
  const handler = new MemoryHandler();
  await save(model, handler);
  await expect(createRunRecord(model, report, await handler.load(), facts)).rejects.toThrow(
    expect.objectContaining({ family: 'proof' }),
  );
  model.dispose();
});
