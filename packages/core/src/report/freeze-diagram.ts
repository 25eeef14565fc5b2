import { countFates, describeProof, fateOf } from '../saving/freeze-proof.js';
import type { RunRecord } from '../saving/run-record.js';
import { blockHeight, blockShape, fateWords } from './diagram-block.js';
import { coordinate, counted, shorten } from './formats.js';
import { type Html, html } from './html.js';
import { type LayerBlock, layerBlocks } from './layer-blocks.js';

// All lengths in the SVG's units: one CSS pixel on a page of 1200.
const width = 1120;
const top = 30;
const header = 30;
const pad = 10;
const inputWidth = 92;
const outputWidth = 116;
const lineGap = 44;
const columnGap = 18;
const rowGap = 14;
const mostColumns = 6;
const widestBlock = 220;

/** One side of the freeze line: blocks from top to bottom, column after column from left to right. */
interface Side {
  readonly blocks: readonly LayerBlock[];
  readonly columns: number;
  readonly rows: number;
}

/**
 * Draws the network from input to answer: layers that were kept in ice blue with a lock, the freeze line, and
 * behind it the layers that trained in warm colours. One small square is one weight of the model.
 *
 * @returns an SVG that takes its colours from the report's style
 *
 * @example
 * freezeDiagram(record).text; // '<svg class="network" ...'
 */
export function freezeDiagram(record: RunRecord): Html {
  const { frozen, trainable } = layerBlocks(record.weights);
  const [left, right] = layOut(frozen, trainable);
  const columns = left.columns + right.columns;
  const fixed = inputWidth + outputWidth + lineGap + 4 * pad + columnGap * Math.max(0, columns - 2);
  const blockWidth = Math.min(widestBlock, (width - fixed) / columns);
  const height = header + Math.max(left.rows, right.rows) * (blockHeight + rowGap) - rowGap + pad;
  const widthOf = ({ columns: own }: Side) =>
    own === 0 ? 0 : own * (blockWidth + columnGap) - columnGap + 2 * pad;

  const start = (width - inputWidth - widthOf(left) - lineGap - widthOf(right) - outputWidth) / 2;
  const leftX = start + inputWidth;
  const lineX = leftX + widthOf(left) + lineGap / 2;
  const rightX = lineX + lineGap / 2;
  const rows = Math.max(left.rows, right.rows);
  const box = { height, rows, blockWidth, middle: top + (header + height - pad) / 2 };
  const kept = record.weights.every((weight) => fateOf(weight) !== 'failed');
  return html`<svg class="network" viewBox="0 0 ${width} ${top + height + 26}" role="img" aria-labelledby="network-title network-text">
    <title id="network-title">The network from input to answer, with the freeze line</title>
    <desc id="network-text">${describe(record, frozen, trainable)}</desc>
    <defs>
      <marker id="tip" viewBox="0 0 6 6" refX="5" refY="3" markerWidth="6" markerHeight="6" orient="auto"><path class="tip" d="M0 .5 5.5 3 0 5.5z"/></marker>
      <symbol id="lock" viewBox="0 0 12 14"><path class="shackle" d="M3 6.5V4.2a3 3 0 0 1 6 0v2.3"/><rect class="body" x="1" y="6" width="10" height="7.5" rx="1.8"/></symbol>
    </defs>
    ${endpoint(start, box.middle, inputWidth - 22, inputLines(record))}
    ${arrow(start + inputWidth - 22, box.middle, leftX)}
    ${left.columns > 0 ? side(left, leftX, box, 'ice', kept ? 'Frozen: kept as they were' : 'Frozen, but not all kept') : null}
    ${left.columns > 0 ? arrow(lineX - lineGap / 2, box.middle, rightX) : null}
    <path class="freeze-line" d="M${coordinate(lineX)} ${top - 8}V${top + height + 8}"/>
    <text class="line-name" x="${coordinate(lineX)}" y="14" text-anchor="middle">freeze line</text>
    <text class="line-place" x="${coordinate(lineX)}" y="${top + height + 22}" text-anchor="middle">${linePlace(record, trainable)}</text>
    ${right.columns > 0 ? side(right, rightX, box, 'warm', trainable.every(({ isNew }) => isNew) ? 'New: trained' : 'Trained') : null}
    ${arrow(rightX + widthOf(right), box.middle, rightX + widthOf(right) + 22)}
    ${endpoint(rightX + widthOf(right) + 22, box.middle, outputWidth - 22, outputLines(record))}
  </svg>`;
}

/** Divides the columns between the sides so that the drawing gets low, then narrow. */
function layOut(frozen: readonly LayerBlock[], trainable: readonly LayerBlock[]): [Side, Side] {
  const split = (blocks: readonly LayerBlock[], columns: number): Side => {
    const rows = columns === 0 ? 0 : Math.ceil(blocks.length / columns);
    return { blocks, rows, columns: rows === 0 ? 0 : Math.ceil(blocks.length / rows) };
  };
  const layouts = Array.from({ length: mostColumns - 1 }, (_, index): [Side, Side] => [
    split(frozen, frozen.length === 0 ? 0 : mostColumns - 1 - index),
    split(trainable, index + 1),
  ]);
  const cost = ([a, b]: [Side, Side]) => Math.max(a.rows, b.rows) * 100 + a.columns + b.columns;
  return layouts.reduce((best, layout) => (cost(layout) < cost(best) ? layout : best));
}

interface Box {
  readonly height: number;
  /** Of the higher side. */
  readonly rows: number;
  readonly blockWidth: number;
  /** Where the arrows between the sides run. */
  readonly middle: number;
}

function side(
  { blocks, columns, rows }: Side,
  x: number,
  { height, rows: allRows, blockWidth }: Box,
  tone: 'ice' | 'warm',
  name: string,
): Html {
  const step = { x: blockWidth + columnGap, y: blockHeight + rowGap };
  const first = top + header + ((allRows - rows) * step.y) / 2;
  const placed = blocks.map((block, index) => ({
    block,
    x: x + pad + Math.floor(index / rows) * step.x,
    y: first + (index % rows) * step.y,
  }));
  const connectors = placed.slice(1).map((to, index) => {
    const from = placed[index] as { x: number; y: number };
    if (from.x === to.x)
      return `M${coordinate(from.x + blockWidth / 2)} ${from.y + blockHeight}v${rowGap - 1}`;
    const bend = columnGap / 2 - 1;
    return `M${coordinate(from.x + blockWidth)} ${from.y + blockHeight / 2}h${bend}V${to.y + blockHeight / 2}h${columnGap - bend - 1}`;
  });
  const panelWidth = columns * step.x - columnGap + 2 * pad;
  return html`<rect class="panel ${tone}" x="${coordinate(x)}" y="${top}" width="${coordinate(panelWidth)}" height="${height}" rx="12"/>
    ${tone === 'ice' ? html`<use href="#lock" x="${coordinate(x + pad + 1)}" y="${top + 8}" width="11" height="13"/>` : null}
    <text class="panel-name ${tone}" x="${coordinate(x + pad + (tone === 'ice' ? 18 : 2))}" y="${top + 19}">${name}</text>
    ${connectors.map((path) => html`<path class="wire" marker-end="url(#tip)" d="${path}"/>`)}
    ${placed.map(({ block, x: left, y }) => html`<g transform="translate(${coordinate(left)} ${y})">${blockShape(block, blockWidth)}</g>`)}`;
}

function arrow(from: number, y: number, to: number): Html {
  return html`<path class="wire" marker-end="url(#tip)" d="M${coordinate(from + 3)} ${y}H${coordinate(to - 2)}"/>`;
}

function endpoint(x: number, middle: number, room: number, lines: readonly string[]): Html {
  const first = middle - ((lines.length - 1) * 16) / 2 + 4;
  const center = coordinate(x + room / 2);
  return html`${lines.map(
    (line, index) =>
      html`<text class="${index === 0 ? 'end first' : 'end'}" x="${center}" y="${first + index * 16}" text-anchor="middle">${shorten(line, Math.floor(room / 6.8))}</text>`,
  )}`;
}

function inputLines({ inputSpec, targetColumns }: RunRecord): string[] {
  if (!inputSpec) return targetColumns ? ['table', 'row'] : ['input'];
  const { width: columns, height: rows, channels } = inputSpec;
  return ['picture', `${columns} × ${rows}`, channels === 3 ? 'colour' : 'grey'];
}

function outputLines({ labels, targetColumns }: RunRecord): string[] {
  const answers = labels ?? targetColumns ?? ['value'];
  const shown = answers.length > 5 ? [...answers.slice(0, 4), `${answers.length - 4} more`] : answers;
  return ['answer', ...shown];
}

function linePlace({ recipe }: RunRecord, [next]: readonly LayerBlock[]): string {
  if (!next) return 'every layer is frozen';
  return next.isNew ? `after ${shorten(recipe.cut, 48)}` : `before ${shorten(next.layers[0] as string, 48)}`;
}

function describe(
  { weights }: RunRecord,
  frozen: readonly LayerBlock[],
  trainable: readonly LayerBlock[],
): string {
  const layers = (blocks: readonly LayerBlock[]) =>
    counted(blocks.flatMap((block) => block.layers).length, 'layer');
  const named = trainable.map(({ name, fates }) => `${name} (${fateWords(fates)})`).join(', ');
  return `${describeProof(countFates(weights))}. Left of the freeze line: ${layers(frozen)} with weights. Right of it: ${layers(trainable)}: ${named}.`;
}
