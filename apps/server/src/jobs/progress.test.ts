import { expect, test } from 'vitest';
import { ProgressMeter } from './progress.js';

const counts = { train: 80, validation: 20 };
const parameters = { trainable: 1, frozen: 1, total: 2 };

test('goes up from 0 to 1, and time left goes down as time passes', () => {
  let now = 0;
  const meter = new ProgressMeter(() => now);
  expect(meter.progress).toEqual({ share: 0, secondsLeft: null });
  meter.see({ type: 'data', done: 100, total: 100 });
  meter.see({ type: 'start', cut: 'features', labels: null, examples: counts, phases: 1 });
  meter.see({ type: 'phase', phase: 1, epochs: 4, parameters });
  const shares: number[] = [];
  const tell = (event: Parameters<ProgressMeter['see']>[0], milliseconds: number) => {
    now += milliseconds;
    meter.see(event);
    shares.push(meter.progress.share);
  };
  tell({ type: 'features', phase: 1, done: 0, total: 10 }, 0);
  tell({ type: 'features', phase: 1, done: 5, total: 10 }, 1000);
  tell({ type: 'features', phase: 1, done: 10, total: 10 }, 1000);
  for (let epoch = 1; epoch <= 4; epoch++) {
    tell({ type: 'step', phase: 1, epoch, step: 1, steps: 2, loss: 1, learningRate: 0.1 }, 500);
    const rest = { trainLoss: 1, validationLoss: null, validationMetric: null, best: true, seconds: 1 };
    tell({ type: 'epoch', phase: 1, epoch, epochs: 4, ...rest }, 500);
    expect(meter.progress.secondsLeft).toBeCloseTo(4 - epoch, 5);
    if (epoch === 2) {
      now += 250;
      expect(meter.progress.secondsLeft).toBeCloseTo(1.75, 5);
      now -= 250;
    }
  }
  expect(shares).toEqual([...shares].sort((a, b) => a - b));
  expect(shares.at(-1)).toBe(1);
});

test('counts phases as equal parts, and never runs back', () => {
  const meter = new ProgressMeter(() => 0);
  meter.see({ type: 'start', cut: 'features', labels: null, examples: counts, phases: 2 });
  const epoch = {
    trainLoss: 1,
    validationLoss: null,
    validationMetric: null,
    best: true,
    seconds: 1,
  } as const;
  meter.see({ type: 'phase', phase: 1, epochs: 2, parameters });
  meter.see({ type: 'epoch', phase: 1, epoch: 2, epochs: 2, ...epoch });
  expect(meter.progress.share).toBeCloseTo(0.5);
  meter.see({ type: 'phase', phase: 2, epochs: 10, parameters });
  meter.see({ type: 'features', phase: 2, done: 1, total: 100 });
  expect(meter.progress.share).toBeCloseTo(0.5);
  meter.see({ type: 'epoch', phase: 2, epoch: 10, epochs: 10, ...epoch });
  expect(meter.progress.share).toBe(1);
});
