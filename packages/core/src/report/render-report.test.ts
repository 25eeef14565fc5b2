import { describe, expect, test } from 'vitest';
import type { RunRecord } from '../saving/run-record.js';
import type { ReportPicture } from './example-pictures.js';
import { renderReport } from './render-report.js';
import {
  manyLabelsRecord,
  mobilenetLayers,
  multiLabelRecord,
  regressionRecord,
  sampleCurve,
  sampleRecord,
  weightProofs,
} from './testing/sample-records.js';

const records: [string, RunRecord][] = [
  ['two labels', sampleRecord()],
  ['thirty labels, two phases', manyLabelsRecord()],
  ['regression', regressionRecord()],
  ['multi-label', multiLabelRecord()],
];
const render = (record: RunRecord, pictures: readonly ReportPicture[] = []) =>
  renderReport(record, { pictures });
const textOf = (page: string) =>
  page
    .replace(/<style>.*<\/style>/s, '')
    .replace(/<[^>]*>/g, ' ')
    .replace(/\s+/g, ' ');

describe.each(records)('%s', (_, record) => {
  const page = render(record);

  test('is one small page that loads nothing and runs nothing', () => {
    expect(page.startsWith('<!doctype html>')).toBe(true);
    expect(page).toContain(`content="default-src 'none'; img-src data:; style-src 'unsafe-inline'"`);
    expect(page).not.toMatch(/<script|<link|<iframe|\son\w+=|https?:|url\((?!#)|@import/);
    expect(page.length).toBeLessThan(60_000);
  });

  test('is the same for the same record', () => {
    expect(render(structuredClone(record))).toBe(page);
  });

  test('is well-formed where tags have to be closed', () => {
    const open: string[] = [];
    const closed = /^(meta|img|br|path|rect|circle|use|tr|th|td)$/;
    for (const [, end, name, self] of page.matchAll(/<(\/?)([a-z][a-z0-9]*)(?:\s[^>]*?)?(\/?)>/g)) {
      if (closed.test(name as string) || self) continue;
      if (end) expect(open.pop()).toBe(name);
      else open.push(name as string);
    }
    expect(open).toEqual([]);
    expect(page).not.toMatch(/undefined|NaN|Infinity|\[object/);
  });

  test('names every weight once in its table', () => {
    const rows = record.weights.map(({ name }) => page.split(`<th scope="row">${name}<td>`).length - 1);
    expect(rows.every((times) => times === 1)).toBe(true);
  });
});

test('tells what was learned, how well, and what stayed as it was', () => {
  const text = textOf(render(sampleRecord()));
  expect(text).toContain('squeezenet now tells car and truck apart');
  expect(text).toContain('Right on 25 of 26 held-out examples');
  expect(text).toContain('50 of 52 weights bit-identical, 2 trained');
  expect(text).toContain('after fire9_concat');
});

test('compares a regression with the mean', () => {
  const text = textOf(render(regressionRecord()));
  expect(text).toContain('houses now estimates price');
  expect(text).toMatch(/21,430 mean absolute error .* always the mean 68,210/);
  expect(text).not.toContain('recall');
});

test('says so where nothing was held out, or nothing gained', () => {
  const point = { trainLoss: 0.5, validationLoss: null, validationMetric: null };
  const phases = [{ ...sampleCurve(1, 1, 1, () => 0), validationLoss: null, curve: [point] }];
  expect(textOf(render(sampleRecord({ validation: null, phases })))).toContain('No examples were held out');
  const { validation } = sampleRecord();
  const useless = { ...validation, accuracy: 0.5 } as NonNullable<RunRecord['validation']>;
  expect(textOf(render(sampleRecord({ validation: useless })))).toContain('no better than the baseline');
});

test('shows warnings, an interruption and a weight that moved against its freeze', () => {
  const record = sampleRecord({
    interrupted: true,
    warnings: [{ code: 'data/x', message: 'Look at <this>.' }],
  });
  const weights = record.weights.map((weight, index) =>
    index === 3 ? { ...weight, after: '0'.repeat(64) } : weight,
  );
  const page = render({ ...record, weights });
  expect(page).toContain('Look at &lt;this&gt;.');
  expect(textOf(page)).toContain('The run was stopped before its end');
  expect(page).toContain(
    '<h2 class="bad">49 of 52 weights bit-identical, 2 trained, 1 frozen but moved</h2>',
  );
  expect(page).toContain('Frozen, but not all kept');
});

test('hostile names stay text', () => {
  const evil = `"><img src=x onerror=alert(1)><script>'\u202Egpj`;
  const { recipe, validation, weights } = sampleRecord();
  const perClass = [evil, 'b'].map((label) => ({ label, precision: null, recall: null, support: 13 }));
  const page = render(
    sampleRecord({
      ...{
        labels: [evil, 'b'],
        source: { name: evil, path: evil },
        backend: evil,
        versions: { [evil]: evil },
      },
      recipe: {
        ...recipe,
        cut: evil,
        phases: recipe.phases.map((phase) => ({ ...phase, freeze: { upTo: evil } })),
      },
      validation: { ...validation, perClass } as NonNullable<RunRecord['validation']>,
      weights: weights.map((weight) => ({
        ...weight,
        name: `${weight.name}${evil}`,
        source: weight.source && `${weight.source}${evil}`,
      })),
    }),
    [
      {
        name: evil,
        dataUrl: 'data:image/png;base64,iVBORw0KGgo=',
        actual: evil,
        prediction: evil,
        probability: 2,
      },
      { name: evil, dataUrl: 'https://example.org/x.png', actual: null, prediction: 'b', probability: null },
      {
        name: evil,
        dataUrl: 'data:image/svg+xml;base64,AAAA',
        actual: 'b',
        prediction: 'c',
        probability: 0.5,
      },
    ],
  );
  const tags = page.replace(/"[^"]*"/g, '""').match(/<[^>]*>/g) ?? [];
  expect(tags.filter((tag) => /^<script|\son\w+=|'/.test(tag))).toEqual([]);
  expect(page.includes('\u202e')).toBe(false);
  expect(page.match(/<img/g)).toHaveLength(1);
  expect(page.match(/src="(?!data:image\/png)/)).toBeNull();
});

test('marks right and wrong pictures, and shows rows of tables as a table', () => {
  const picture = {
    name: '1.png',
    dataUrl: 'data:image/png;base64,AAAA',
    actual: 'car',
    prediction: 'car',
    probability: 0.9,
  };
  const gallery = render(sampleRecord(), [picture, { ...picture, prediction: 'truck' }]);
  expect(gallery.match(/aria-label="right"/g)).toHaveLength(1);
  expect(gallery.match(/aria-label="wrong"/g)).toHaveLength(1);
  expect(gallery).toContain('alt="1.png"');
  const table = render(regressionRecord(), [
    { name: 'row 7', dataUrl: null, actual: '5.1', prediction: '4.9', probability: null },
  ]);
  expect(table).toContain('<bdi>row 7</bdi></td><td class="number"><bdi>4.9</bdi>');
});

test('stays small for long runs and long texts', () => {
  const phases = [sampleCurve(100_000, 1, 50_000, () => 0.5)];
  expect(render(sampleRecord({ phases })).length).toBeLessThan(60_000);
  expect(render(sampleRecord({ weights: weightProofs(mobilenetLayers, 1000) })).length).toBeLessThan(60_000);
});
