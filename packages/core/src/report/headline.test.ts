import { expect, test } from 'vitest';
import { figures, lesson, wilson } from './headline.js';
import { multiLabelRecord, sampleRecord } from './testing/sample-records.js';

test('the interval is that of Wilson', () => {
  // By hand: (p + z²/2n ± z √(p(1 - p)/n + z²/4n²)) / (1 + z²/n) for p = 25/26, n = 26.
  expect(wilson(25 / 26, 26)[0]).toBeCloseTo(0.8111, 3);
  expect(wilson(25 / 26, 26)[1]).toBeCloseTo(0.9932, 3);
  expect(wilson(1, 4)[1]).toBeCloseTo(1, 12);
});

test('one sentence says what was learned', () => {
  const text = (record: Parameters<typeof lesson>[0]) => lesson(record).text.replace(/<[^>]*>/g, '');
  expect(text(sampleRecord())).toBe('squeezenet now tells car and truck apart');
  expect(text(multiLabelRecord())).toBe('squeezenet now looks for beach, people and night');
  expect(text(sampleRecord({ task: 'regress', labels: null }))).toBe('squeezenet now estimates a value');
  expect(text(sampleRecord({ labels: ['a', 'b', 'c', 'd', 'e'] }))).toBe(
    'squeezenet now tells 5 labels apart',
  );
});

test('counts the values that moved, whatever phase moved them', () => {
  expect(figures(sampleRecord()).text).toContain('1,026 of');
});
