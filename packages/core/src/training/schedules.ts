import type { ScheduleSpec } from '../recipe/recipe.js';

/** One-cycle ends at the rate divided by this (fastai's default `div_final`). */
const finalDivisor = 1e5;

/**
 * The learning rate of one step. Never 0 at the first step.
 *
 * - constant: `rate`
 * - cosine: `rate * (step + 1) / warmUpSteps` while warming up, then `rate * (1 + cos(pi * t)) / 2` with t from 0
 *   at the end of the warm-up to 1 after the last step (SGDR without restarts, Loshchilov and Hutter 2017)
 * - one-cycle: half cosines from `rate / div` to `rate` over the `peak` share of the steps, then to `rate / 1e5`
 *   at the last one (Smith 2018, as in fastai)
 *
 * @param step from 0
 * @param steps of the whole phase
 *
 * @example
 * rateAt({ name: 'cosine', warmUp: 0.1 }, 0.001, 0, 100); // 0.0001
 */
export function rateAt(schedule: ScheduleSpec, rate: number, step: number, steps: number): number {
  switch (schedule.name) {
    case 'constant':
      return rate;
    case 'cosine': {
      const warmUpSteps = Math.floor(schedule.warmUp * steps);
      if (step < warmUpSteps) return (rate * (step + 1)) / warmUpSteps;
      return halfCosine(rate, 0, (step - warmUpSteps) / Math.max(1, steps - warmUpSteps));
    }
    case 'one-cycle': {
      const last = Math.max(1, steps - 1);
      const position = step / last;
      if (position < schedule.peak) return halfCosine(rate / schedule.div, rate, position / schedule.peak);
      return halfCosine(rate, rate / finalDivisor, (position - schedule.peak) / (1 - schedule.peak));
    }
  }
}

/** From `start` at t = 0 to `end` at t = 1. */
function halfCosine(start: number, end: number, t: number): number {
  return end + ((start - end) * (1 + Math.cos(Math.PI * t))) / 2;
}
