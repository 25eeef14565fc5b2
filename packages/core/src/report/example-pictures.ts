import type { Task } from '../data/dataset.js';
import { percent } from './formats.js';
import { type Html, html } from './html.js';

/** One example with the model's answer. */
export interface ReportPicture {
  /** For example the file's name, or the row of a table. */
  readonly name: string;
  /** `data:image/png;base64,...` (or jpeg, webp, gif); null where there is nothing to see. */
  readonly dataUrl: string | null;
  /** What the example is; null where nobody said. */
  readonly actual: string | null;
  readonly prediction: string;
  /** Of the prediction; null for regression. */
  readonly probability: number | null;
}

/** Pixels only: an SVG could hold more than a picture. */
const pixels = /^data:image\/(png|jpeg|webp|gif);base64,[A-Za-z0-9+/]+={0,2}$/;

/**
 * Examples with the model's answers: pictures as a gallery, rows of tables as a table.
 *
 * @example
 * examplePictures([{ name: 'a.jpg', dataUrl, actual: 'car', prediction: 'truck', probability: 0.6 }], 'classify');
 */
export function examplePictures(pictures: readonly ReportPicture[], task: Task): Html {
  return pictures.some(({ dataUrl }) => dataUrl !== null) ? gallery(pictures, task) : table(pictures, task);
}

function gallery(pictures: readonly ReportPicture[], task: Task): Html {
  return html`<ul class="gallery">${pictures.map((picture) => {
    const { name, dataUrl, probability } = picture;
    const shown =
      dataUrl !== null && pixels.test(dataUrl)
        ? html`<img src="${dataUrl}" alt="${name}">`
        : html`<div class="no-picture"><bdi>${name}</bdi></div>`;
    return html`<li><figure${verdict(picture, task) === 'wrong' ? html` class="wrong"` : null}>${shown}<figcaption title="${name}">
      ${answer(picture, task)}
      ${probability === null ? null : html`<span class="bar" style="--share:${share(probability)}"></span>`}
    </figcaption></figure></li>`;
  })}</ul>`;
}

function answer(picture: ReportPicture, task: Task): Html {
  const { actual, prediction, probability } = picture;
  const mark = {
    right: html`<span class="mark right" role="img" aria-label="right">✓</span> `,
    wrong: html`<span class="mark wrong" role="img" aria-label="wrong">✗</span> `,
    open: null,
  };
  const sure = probability === null ? null : html` <span class="muted">${percent(probability)}</span>`;
  const found = verdict(picture, task);
  const truth =
    found === 'right' || actual === null
      ? null
      : html`<br><span class="muted">is <bdi>${actual}</bdi></span>`;
  return html`<span class="answer">${mark[found]}<strong><bdi>${prediction}</bdi></strong>${sure}${truth}</span>`;
}

/** Two numbers, or two lists of labels, are not simply right or wrong. */
function verdict({ actual, prediction }: ReportPicture, task: Task): 'right' | 'wrong' | 'open' {
  if (actual === null || task !== 'classify') return 'open';
  return actual === prediction ? 'right' : 'wrong';
}

function table(pictures: readonly ReportPicture[], task: Task): Html {
  const probable = pictures.some(({ probability }) => probability !== null);
  const numeric = task === 'regress' ? 'number' : '';
  return html`<table class="plain">
    <thead><tr>
      <th scope="col">example</th><th scope="col" class="${numeric}">answer</th><th scope="col" class="${numeric}">is</th>
      ${probable ? html`<th scope="col">probability</th>` : null}
    </tr></thead>
    <tbody>${pictures.map(
      ({ name, actual, prediction, probability }) => html`<tr>
        <td><bdi>${name}</bdi></td><td class="${numeric}"><bdi>${prediction}</bdi></td><td class="${numeric}"><bdi>${actual ?? 'unknown'}</bdi></td>
        ${probable ? html`<td>${probability === null ? null : html`<span class="bar" style="--share:${share(probability)}"></span>${percent(probability)}`}</td>` : null}
      </tr>`,
    )}</tbody>
  </table>`;
}

function share(probability: number): string {
  return Math.min(1, Math.max(0, probability)).toFixed(3);
}
