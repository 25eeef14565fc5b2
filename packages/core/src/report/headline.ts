import { size } from '../model/multiply-adds.js';
import type { RunRecord } from '../saving/run-record.js';
import { coordinate, count, counted, decimal, duration, listed, percent, shorten } from './formats.js';
import { type Html, html } from './html.js';

type Validation = NonNullable<RunRecord['validation']>;

/**
 * What the model can do now, in one sentence: "squeezenet now tells car and truck apart".
 *
 * @example
 * lesson(record).text;
 */
export function lesson({ source, task, labels, targetColumns }: RunRecord): Html {
  const answers = labels ?? targetColumns ?? [];
  const words = answers.map((answer) => html`<em><bdi>${shorten(answer, 40)}</bdi></em>`);
  const few = words.length > 0 && words.length <= 4;
  const base = html`<bdi>${source.name}</bdi>`;
  switch (task) {
    case 'classify':
      return html`${base} now tells ${few ? listed(words) : counted(words.length, 'label')} apart`;
    case 'multi-label':
      return html`${base} now looks for ${few ? listed(words) : counted(words.length, 'label')}`;
    case 'regress':
      return html`${base} now estimates ${few ? listed(words) : words.length > 0 ? counted(words.length, 'value') : 'a value'}`;
  }
}

/**
 * The three figures at the top: how good it is beside the baseline, how much was trained, how long it took.
 *
 * @example
 * figures(record).text;
 */
export function figures({ validation, weights, examples, seconds }: RunRecord): Html {
  const trained = countValues(weights.filter(({ before, after }) => before !== after));
  const all = countValues(weights);
  const total = seconds.data + seconds.features + seconds.train;
  return html`<div class="figures">
    <section class="figure main" aria-label="How good it is">${validation ? quality(validation) : unknownQuality}</section>
    <section class="figure" aria-label="What was trained">
      <p class="big">${percent(trained / Math.max(1, all))}</p>
      <p>of the network was trained: ${count(trained)} of ${count(all)} values. The other ${count(all - trained)} stayed as they were.</p>
    </section>
    <section class="figure" aria-label="What it took">
      <p class="big">${duration(total)}</p>
      <p>to learn from ${counted(examples.train, 'example')}: ${duration(seconds.data)} reading, ${duration(seconds.features)} in the frozen part, ${duration(seconds.train)} training.</p>
    </section>
  </div>`;
}

function countValues(weights: RunRecord['weights']): number {
  return weights.reduce((sum, { shape }) => sum + size(shape), 0);
}

const unknownQuality = html`<p class="big">Not measured</p>
  <p>No examples were held out, so nothing here says how well it does on new ones. Test it on examples that it has not seen.</p>`;

function quality(validation: Validation): Html {
  return validation.task === 'regress' ? error(validation) : accuracy(validation);
}

function accuracy(validation: Exclude<Validation, { task: 'regress' }>): Html {
  const {
    task,
    accuracy: reached,
    baselineAccuracy: baseline,
    balancedAccuracy,
    examples,
    confusion,
  } = validation;
  const hits = confusion?.reduce((sum, row, index) => sum + (row[index] ?? 0), 0) ?? null;
  const of = counted(examples, 'held-out example');
  const [low, high] = wilson(reached, examples);
  return html`<p class="big">${percent(reached)} <small>${task === 'classify' ? 'accuracy' : 'of all decisions are right'}</small></p>
    ${versus([
      { name: 'this model', share: reached, text: percent(reached), tone: 'model' },
      { name: baselineName(validation), share: baseline, text: percent(baseline), tone: 'baseline' },
    ])}
    <p>${hits === null ? `On ${of}` : `Right on ${count(hits)} of ${of}`}; balanced accuracy ${percent(balancedAccuracy)}.
      ${task === 'classify' ? ` With ${count(examples)} examples the 95% interval reaches from ${percent(low)} to ${percent(high)}.` : null}
      ${reached <= baseline ? html` <strong class="bad">That is no better than the baseline.</strong>` : null}</p>`;
}

function baselineName({ task, perClass }: Exclude<Validation, { task: 'regress' }>): Html {
  const [most] = [...perClass].sort((a, b) => b.support - a.support);
  return task === 'classify' && most
    ? html`always <bdi>${shorten(most.label, 30)}</bdi>`
    : html`the usual answer`;
}

function error(validation: Extract<Validation, { task: 'regress' }>): Html {
  const {
    meanAbsoluteError: reached,
    baselineMeanAbsoluteError: baseline,
    r2,
    examples,
    rootMeanSquaredError,
  } = validation;
  const longest = Math.max(reached, baseline) || 1;
  return html`<p class="big">${decimal(reached)} <small>mean absolute error</small></p>
    ${versus([
      { name: 'this model', share: reached / longest, text: decimal(reached), tone: 'model' },
      { name: 'always the mean', share: baseline / longest, text: decimal(baseline), tone: 'baseline' },
    ])}
    <p>Less is better. On ${counted(examples, 'held-out example')}; root mean squared error ${decimal(rootMeanSquaredError)}${r2 === null ? null : `, R² ${decimal(r2)}`}.
      ${reached >= baseline ? html` <strong class="bad">That is no better than the baseline.</strong>` : null}</p>`;
}

interface Level {
  readonly name: Html | string;
  /** 0..1, the length of the bar. */
  readonly share: number;
  readonly text: string;
  readonly tone: 'model' | 'baseline';
}

function versus(levels: readonly Level[]): Html {
  return html`<dl class="versus">${levels.map(
    ({ name, share, text, tone }) =>
      html`<dt>${name}</dt><dd><span class="level ${tone}" style="--share:${coordinate(share)}"></span>${text}</dd>`,
  )}</dl>`;
}

/** 95% score interval of a share of `examples` trials (Wilson 1927, doi 10.1080/01621459.1927.10502953). */
export function wilson(share: number, examples: number): [number, number] {
  const z2 = 1.959964 ** 2;
  const middle = share + z2 / (2 * examples);
  const half = Math.sqrt(z2) * Math.sqrt((share * (1 - share)) / examples + z2 / (4 * examples ** 2));
  const bound = (value: number) => Math.min(1, Math.max(0, value / (1 + z2 / examples)));
  return [bound(middle - half), bound(middle + half)];
}
