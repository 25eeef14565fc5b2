import { fateOf, type WeightProof } from '../saving/freeze-proof.js';
import { type Html, html } from './html.js';

/**
 * What became of every weight, with the first twelve digits of its SHA-256 before and after.
 *
 * @example
 * weightTable(record.weights).text;
 */
export function weightTable(weights: readonly WeightProof[]): Html {
  return html`<div class="wide" tabindex="0" role="region" aria-label="Every weight"><table class="weights">
    <caption>First twelve digits of the SHA-256 of each weight's values; run.json has them whole.</caption>
    <thead><tr><th scope="col">weight<th scope="col">shape<th scope="col">fate<th scope="col">before<th scope="col">after</tr></thead>
    <tbody>${weights.map(row)}</tbody>
  </table></div>`;
}

/** Without the closing tags that HTML lets one leave out: there may be hundreds of rows. */
function row(weight: WeightProof): Html {
  const fate = fateOf(weight);
  const before = weight.before.slice(0, 12);
  const hashes =
    weight.before === weight.after
      ? html`<td>${before}<td>same`
      : html`<td>${before}<td>${weight.after.slice(0, 12)}`;
  const tone = fate === 'identical' ? null : html` class="${fate}"`;
  return html`<tr${tone}><th scope="row">${weight.name}<td>${weight.shape.join(' × ') || 'scalar'}<td>${fate}${hashes}`;
}
