import { countFates, describeProof } from '../saving/freeze-proof.js';
import type { RunRecord } from '../saving/run-record.js';
import { confusionMatrix, labelScores } from './confusion-matrix.js';
import { curves } from './curves.js';
import { examplePictures, type ReportPicture } from './example-pictures.js';
import { facts } from './facts.js';
import { counted } from './formats.js';
import { freezeDiagram } from './freeze-diagram.js';
import { figures, lesson } from './headline.js';
import { type Html, html } from './html.js';
import { style } from './style.js';
import { weightTable } from './weight-table.js';

export interface ReportOptions {
  /** Examples to show with the model's answers; best ones that it was not trained on. */
  readonly pictures: readonly ReportPicture[];
}

/**
 * A run as one page: what was learned, how well, the proof of what stayed frozen, curves, mistakes, examples,
 * and everything needed to repeat it. The page loads nothing, runs no script, and is the same for the same
 * record. Without pictures it is below 60 KB for networks of up to about 250 weights.
 *
 * @returns a complete HTML document
 *
 * @example
 * await writeFile('report.html', renderReport(record, { pictures: [] }));
 */
export function renderReport(record: RunRecord, { pictures }: ReportOptions): string {
  const title = lesson(record);
  const page = html`<html lang="en"><head>
    <meta charset="utf-8">
    <meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; style-src 'unsafe-inline'">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <meta name="color-scheme" content="light dark">
    <title>${record.source.name}: run of ${day(record.created)}</title>
    <style>${style}</style>
  </head><body>
    <header><p class="kind">Graft run report</p><p class="kind"><time datetime="${record.created}">${day(record.created)}</time></p></header>
    <main>
      <h1>${title}</h1>
      ${notes(record)}
      ${figures(record)}
      ${freezeProof(record)}
      ${learning(record)}
      ${mistakes(record)}
      ${pictures.length > 0 ? html`<section><h2>Examples and answers</h2>${examplePictures(pictures, record.task)}</section>` : null}
      <section><h2>To repeat and to check</h2>
        <details><summary>Recipe, seed and versions</summary>${facts(record)}</details>
        <details><summary>All ${counted(record.weights.length, 'weight')} and their hashes</summary>${weightTable(record.weights)}</details>
      </section>
    </main>
    <footer><p>Made by Graft. The whole record of the run is in run.json beside this page.</p></footer>
  </body></html>`;
  return `<!doctype html>\n${page.text}\n`;
}

function notes({ interrupted, warnings }: RunRecord): Html | null {
  const texts = [
    ...(interrupted ? ['The run was stopped before its end. This is its best epoch up to then.'] : []),
    ...warnings.map(({ message }) => message),
  ];
  return texts.length === 0
    ? null
    : html`<ul class="notes" aria-label="Please note">${texts.map((text) => html`<li>${text}</li>`)}</ul>`;
}

function freezeProof(record: RunRecord): Html {
  const proof = countFates(record.weights);
  const fates = (['identical', 'trained', 'unmoved', 'failed'] as const).filter((fate) => proof[fate] > 0);
  const meaning = {
    identical: 'bit-identical',
    trained: 'trained',
    unmoved: 'free, but did not move',
    failed: 'frozen, but moved',
  };
  return html`<section class="proof">
    <h2${proof.failed > 0 ? html` class="bad"` : null}>${describeProof(proof)}</h2>
    <p class="muted">Every weight was hashed before the run, and again as it was read back from the saved model. <code>graft verify</code> repeats it.</p>
    <div class="wide" tabindex="0" role="region" aria-label="Drawing of the network">${freezeDiagram(record)}</div>
    <p class="legend">One square is one weight: ${fates.map((fate) => html`<span class="key ${fate}"></span>${meaning[fate]} `)}</p>
  </section>`;
}

function learning(record: RunRecord): Html {
  const { phases, validation } = record;
  const best = phases.map(
    ({ bestEpoch, epochs }, index) =>
      `${phases.length > 1 ? `phase ${index + 1}: ` : ''}epoch ${bestEpoch} of ${epochs}`,
  );
  return html`<section><h2>How it learned</h2>
    <p class="muted">The model has the weights of its best epoch (${best.join(', ')}), marked by a dot${validation ? ' and chosen on the held-out examples' : null}.</p>
    <div class="charts">${curves(record)}</div>
  </section>`;
}

function mistakes({ validation }: RunRecord): Html | null {
  if (!validation || validation.task === 'regress') return null;
  const { confusion, perClass } = validation;
  const labels = perClass.map(({ label }) => label);
  return html`<section><h2>Where it is right and where it is not</h2>
    <p class="muted">${confusion ? 'Held-out examples by what they are and what the model answered. ' : null}Recall is the share of a label's examples that were found, precision the share of its answers that are right.</p>
    <div class="tables">${confusion ? confusionMatrix(labels, confusion) : null}${labelScores(perClass)}</div>
  </section>`;
}

/** "2026-02-03 14:05 UTC" of an ISO time in UTC. */
function day(created: string): string {
  return `${created.slice(0, 10)} ${created.slice(11, 16)} UTC`;
}
