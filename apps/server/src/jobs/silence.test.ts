import { expect, test } from 'vitest';
import type { JobRow } from './job.js';
import { Silence } from './silence.js';

const running = (beat: number, attempt = 1, id = 'one') =>
  ({ tenant: 'ada', id, body: { attempt, lease: { worker: 'w', beat } } }) as unknown as JobRow;

test('takes a worker for dead after three looks without a beat', () => {
  const silence = new Silence();
  const looks = [1, 1, 1, 1].map((beat) => silence.look([running(beat), running(7, 1, 'two')]).length);
  expect(looks).toEqual([0, 0, 0, 2]);
});

test('a beat, a new attempt or an outage begins anew', () => {
  const silence = new Silence();
  const look = (beat: number, attempt = 1) => silence.look([running(beat, attempt)]).length;
  expect([look(1), look(1), look(1), look(2), look(2), look(2)]).toEqual([0, 0, 0, 0, 0, 0]);
  expect([look(2, 2), look(2, 2), look(2, 2)]).toEqual([0, 0, 0]);
  silence.forget();
  expect([look(2, 2), look(2, 2), look(2, 2), look(2, 2)]).toEqual([0, 0, 0, 1]);
});

test('a job that ran again later is another one', () => {
  const silence = new Silence();
  for (let look = 0; look < 3; look++) expect(silence.look([running(1)])).toEqual([]);
  expect(silence.look([])).toEqual([]);
  expect(silence.look([running(1)])).toEqual([]);
});
