import type { WeightFate } from '../saving/freeze-proof.js';
import { coordinate, shorten } from './formats.js';
import { type Html, html } from './html.js';
import type { LayerBlock } from './layer-blocks.js';

/** In the drawing's units, CSS pixels on a page of 1200. */
export const blockHeight = 58;
/** Advance of one character of the layer names, 11 px monospaced. */
const characterWidth = 6.65;

/**
 * A block of the drawing, its upper left corner at 0 0: name, what became of its weights, and a square for each.
 *
 * @example
 * blockShape(block, 138).text; // '<title>fire2: 6 identical</title><rect ...'
 */
export function blockShape(block: LayerBlock, blockWidth: number): Html {
  const { name, layers, fates, isNew } = block;
  const kept = fates.every((fate) => fate === 'identical');
  return html`<title>${layers.length > 1 ? `${layers[0]} to ${layers.at(-1)} (${layers.length} layers)` : name}: ${fateWords(fates)}</title>
    <rect class="block ${toneOf(fates)}" width="${coordinate(blockWidth)}" height="${blockHeight}" rx="8"/>
    <text class="layer" x="10" y="20">${shorten(name, Math.floor((blockWidth - 18) / characterWidth))}</text>
    <text class="fates" x="10" y="36">${fateWords(fates)}${isNew ? ', new' : ''}</text>
    ${kept ? html`<use href="#lock" x="${coordinate(blockWidth - 19)}" y="25" width="10" height="12"/>` : null}
    ${weightSquares(fates, blockWidth - 20)}`;
}

function toneOf(fates: readonly WeightFate[]): 'ice' | 'warm' | 'mixed' | 'bad' {
  if (fates.includes('failed')) return 'bad';
  if (!fates.includes('identical')) return 'warm';
  return fates.every((fate) => fate === 'identical') ? 'ice' : 'mixed';
}

const fateOrder: readonly WeightFate[] = ['identical', 'trained', 'unmoved', 'failed'];

/** "6 identical", "2 of 4 trained" or, with a word for each fate, "3 trained, 1 unmoved". */
export function fateWords(fates: readonly WeightFate[]): string {
  const trained = fates.filter((fate) => fate === 'trained').length;
  if (trained > 0 && fates.every((fate) => fate === 'trained' || fate === 'identical')) {
    return trained === fates.length ? `${trained} trained` : `${trained} of ${fates.length} trained`;
  }
  return fateOrder
    .map((fate) => ({ fate, number: fates.filter((other) => other === fate).length }))
    .filter(({ number }) => number > 0)
    .map(({ fate, number }) => `${number} ${fate}`)
    .join(', ');
}

/** One square a weight, in model order; narrower where they are many. */
function weightSquares(fates: readonly WeightFate[], room: number): Html[] {
  const step = Math.min(9, room / fates.length);
  const square = coordinate(step > 4 ? step - 2 : step * 0.75);
  return fateOrder.flatMap((fate) => {
    const path = fates
      .map((other, index) =>
        other === fate ? `M${coordinate(10 + index * step)} 43h${square}v7h-${square}z` : '',
      )
      .join('');
    return path === '' ? [] : [html`<path class="weight ${fate}" d="${path}"/>`];
  });
}
