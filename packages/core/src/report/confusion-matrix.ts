import type { RunRecord } from '../saving/run-record.js';
import { coordinate, count, percent, shorten } from './formats.js';
import { type Html, html } from './html.js';

/** A wider matrix can't be read on a page. */
const mostLabels = 20;
/** Rows of the tables that stand for a wider matrix. */
const mostPairs = 15;

type Classification = Extract<NonNullable<RunRecord['validation']>, { perClass: unknown }>;
type ClassScore = Classification['perClass'][number];

/**
 * Which labels are taken for which: a table with a row for each true label and a column for each answer, or for
 * more than 20 labels the pairs that are confused most.
 *
 * @param labels in the order of the matrix
 * @param confusion [true label][answer]
 *
 * @example
 * confusionMatrix(['car', 'truck'], [[13, 0], [1, 12]]).text;
 */
export function confusionMatrix(labels: readonly string[], confusion: readonly (readonly number[])[]): Html {
  return labels.length > mostLabels ? confusedPairs(labels, confusion) : matrix(labels, confusion);
}

function matrix(labels: readonly string[], confusion: readonly (readonly number[])[]): Html {
  return html`<div class="wide" tabindex="0" role="region" aria-label="Confusion matrix"><table class="confusion">
    <thead>
      <tr><td></td><th scope="colgroup" colspan="${labels.length}">answered</th></tr>
      <tr><th scope="col">is</th>${labels.map((label) => html`<th scope="col"><bdi>${shorten(label, 24)}</bdi></th>`)}</tr>
    </thead>
    <tbody>${labels.map(
      (label, truth) => html`<tr>
        <th scope="row"><bdi>${label}</bdi></th>
        ${(confusion[truth] ?? []).map((number, answer, row) => cell(number, sum(row), truth === answer))}
      </tr>`,
    )}</tbody>
  </table></div>`;
}

function cell(number: number, support: number, right: boolean): Html {
  if (number === 0) return html`<td class="none">0</td>`;
  return html`<td class="${right ? 'right' : 'wrong'}" style="--share:${coordinate(number / support)}">${count(number)}</td>`;
}

function confusedPairs(labels: readonly string[], confusion: readonly (readonly number[])[]): Html {
  const pairs = confusion.flatMap((row, truth) =>
    row.flatMap((number, answer) =>
      number > 0 && truth !== answer
        ? [{ is: labels[truth] ?? '', answered: labels[answer] ?? '', number, share: number / sum(row) }]
        : [],
    ),
  );
  if (pairs.length === 0) return html`<p>No held-out example was taken for another label.</p>`;
  pairs.sort((a, b) => b.number - a.number || b.share - a.share);
  const shown = pairs.slice(0, mostPairs);
  return html`<table class="plain">
    <caption>The ${shown.length} most frequent of ${count(pairs.length)} kinds of mistakes</caption>
    <thead><tr><th scope="col">is</th><th scope="col">answered</th><th scope="col" class="number">times</th><th scope="col" class="number">share</th></tr></thead>
    <tbody>${shown.map(
      ({ is, answered, number, share }) =>
        html`<tr><td><bdi>${is}</bdi></td><td><bdi>${answered}</bdi></td><td class="number">${count(number)}</td><td class="number">${percent(share)}</td></tr>`,
    )}</tbody>
  </table>`;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

/**
 * How well each label is found; for more than 20 labels those that are found least.
 *
 * @example
 * labelScores(evaluation.perClass).text;
 */
export function labelScores(perClass: readonly ClassScore[]): Html {
  const many = perClass.length > mostLabels;
  const shown = many
    ? [...perClass].sort((a, b) => (a.recall ?? 2) - (b.recall ?? 2)).slice(0, mostPairs)
    : perClass;
  return html`<table class="plain">
    <caption>${many ? `The ${mostPairs} of ${count(perClass.length)} labels that are found least` : 'Each label by itself'}</caption>
    <thead><tr><th scope="col">label</th><th scope="col" class="number">examples</th><th scope="col">recall</th><th scope="col">precision</th></tr></thead>
    <tbody>${shown.map(
      ({ label, precision, recall, support }) =>
        html`<tr><td><bdi>${label}</bdi></td><td class="number">${count(support)}</td><td>${bar(recall)}</td><td>${bar(precision)}</td></tr>`,
    )}</tbody>
  </table>`;
}

function bar(share: number | null): Html {
  if (share === null) return html`<span class="muted">none</span>`;
  return html`<span class="bar" style="--share:${coordinate(share)}"></span>${percent(share)}`;
}
