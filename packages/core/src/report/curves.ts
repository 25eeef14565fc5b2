import type { RunRecord } from '../saving/run-record.js';
import { axisTicks, epochTicks } from './chart-axis.js';
import { coordinate, counted, decimal, percent } from './formats.js';
import { type Html, html } from './html.js';

// All lengths in the SVG's units: one CSS pixel where two charts stand side by side on a page of 1200.
const width = 548;
const height = 276;
const plot = { left: 52, right: 470, top: 40, bottom: 232 };
/** More points than this can't be told apart. */
const mostPoints = 300;

interface Series {
  readonly name: string;
  readonly tone: 'train' | 'held-out';
  /** One value an epoch, over all phases. */
  readonly values: readonly number[];
}

interface Chart {
  readonly title: string;
  readonly series: readonly Series[];
  /** The vertical axis reaches at least from 0 to this. */
  readonly reach: number;
  readonly format: (value: number) => string;
  /** A level to compare with. */
  readonly level: { readonly name: string; readonly value: number } | null;
}

/**
 * The losses, and with held-out examples their accuracy (regression: error), over the epochs of all phases.
 *
 * @returns one or two SVG charts that take their colours from the report's style
 *
 * @example
 * curves(record).length; // 2
 */
export function curves({ phases, validation, task }: RunRecord): Html[] {
  const points = phases.flatMap(({ curve }) => curve);
  const held = points.flatMap(({ validationLoss }) => (validationLoss === null ? [] : [validationLoss]));
  const metric = points.flatMap(({ validationMetric }) =>
    validationMetric === null ? [] : [validationMetric],
  );
  const train: Series = { name: 'training', tone: 'train', values: points.map(({ trainLoss }) => trainLoss) };
  const charts: Chart[] = [
    {
      title: task === 'regress' ? 'Loss, in variances of the target' : 'Loss',
      series:
        held.length === points.length
          ? [train, { name: 'held out', tone: 'held-out', values: held }]
          : [train],
      reach: 0,
      format: decimal,
      level: null,
    },
  ];
  if (metric.length === points.length && metric.length > 0) {
    const regress = task === 'regress';
    const baseline = validation && validation.task !== 'regress' ? validation.baselineAccuracy : null;
    charts.push({
      title: regress ? 'Mean absolute error, in standard deviations of the target' : 'Accuracy',
      series: [{ name: 'held out', tone: 'held-out', values: metric }],
      reach: regress ? 0 : 1,
      format: regress ? decimal : percent,
      level: baseline === null ? null : { name: 'baseline', value: baseline },
    });
  }
  return charts.map((chart) => draw(chart, phases));
}

function draw({ title, series, reach, format, level }: Chart, phases: RunRecord['phases']): Html {
  const epochs = phases.reduce((sum, { epochs: own }) => sum + own, 0);
  const all = series.flatMap(({ values }) => values);
  const ticks = axisTicks(Math.min(0, ...extremes(all)), Math.max(reach, ...extremes(all)), 6);
  const low = ticks[0] as number;
  const high = ticks.at(-1) as number;
  const x = (epoch: number) => coordinate(plot.left + ((epoch - 0.5) / epochs) * (plot.right - plot.left));
  const y = (value: number) =>
    coordinate(plot.bottom - ((value - low) / (high - low)) * (plot.bottom - plot.top));
  const { bests, borders } = milestones(phases);
  const names = apart(
    series.map(({ name, tone, values }) => ({ name, tone, y: y(values.at(-1) as number) + 4 })),
  );
  return html`<svg class="chart" viewBox="0 0 ${width} ${height}" role="img" aria-label="${describe(title, series, format, bests)}">
    <text class="chart-name" x="${plot.left}" y="14">${title}</text>
    ${ticks.map(
      (tick) =>
        html`<path class="grid" d="M${plot.left} ${y(tick)}H${plot.right}"/><text class="tick" x="${plot.left - 8}" y="${y(tick) + 4}" text-anchor="end">${format(tick)}</text>`,
    )}
    ${epochTicks(epochs).map((tick) => html`<text class="tick" x="${x(tick)}" y="${plot.bottom + 18}" text-anchor="middle">${tick}</text>`)}
    <text class="tick" x="${(plot.left + plot.right) / 2}" y="${plot.bottom + 38}" text-anchor="middle">epoch</text>
    ${borders.map((epoch) => html`<path class="border" d="M${x(epoch + 0.5)} ${plot.top}V${plot.bottom}"/>`)}
    ${borders.length > 0 ? phaseNames(borders, epochs).map(({ name, at }) => html`<text class="tick" x="${x(at)}" y="${plot.top - 10}" text-anchor="middle">${name}</text>`) : null}
    ${level && html`<path class="level-line" d="M${plot.left} ${y(level.value)}H${plot.right}"/><text class="tick" x="${plot.right + 8}" y="${y(level.value) + 4}">${level.name}</text>`}
    ${series.map(({ tone, values }) => html`<path class="curve ${tone}" d="${pathOf(values, x, y)}"/>`)}
    ${series.map(({ tone, values }) =>
      bests.map(
        (epoch) =>
          html`<circle class="best ${tone}" cx="${x(epoch)}" cy="${y(values[epoch - 1] as number)}" r="4.5"><title>best epoch ${epoch}: ${format(values[epoch - 1] as number)}</title></circle>`,
      ),
    )}
    ${names.map((label) => html`<text class="series ${label.tone}" x="${plot.right + 8}" y="${label.y}">${label.name}</text>`)}
  </svg>`;
}

/** Best epochs, and the last epochs of all phases but the last, counted over all phases. */
function milestones(phases: RunRecord['phases']): { bests: number[]; borders: number[] } {
  const ends = phases.map((_, index) =>
    phases.slice(0, index + 1).reduce((sum, { epochs }) => sum + epochs, 0),
  );
  return {
    bests: phases.map(({ epochs, bestEpoch }, index) => (ends[index] as number) - epochs + bestEpoch),
    borders: ends.slice(0, -1),
  };
}

function phaseNames(borders: readonly number[], epochs: number): { name: string; at: number }[] {
  const edges = [0, ...borders, epochs];
  return edges
    .slice(1)
    .map((end, index) => ({ name: `phase ${index + 1}`, at: ((edges[index] as number) + end + 1) / 2 }));
}

function pathOf(
  values: readonly number[],
  x: (epoch: number) => number,
  y: (value: number) => number,
): string {
  const stride = Math.ceil(values.length / mostPoints);
  const points = values.flatMap((value, index) =>
    index % stride === 0 || index === values.length - 1 ? [`${x(index + 1)} ${y(value)}`] : [],
  );
  return `M${points.join('L')}`;
}

/** Not `Math.max(...values)`: a hundred thousand arguments overflow the stack. */
function extremes(values: readonly number[]): [number, number] {
  return values.reduce<[number, number]>(
    ([low, high], value) => [Math.min(low, value), Math.max(high, value)],
    [Infinity, -Infinity],
  );
}

/** Moves the names at the ends of two curves apart where they would overlap. */
function apart<T extends { readonly y: number }>(names: readonly T[]): T[] {
  const [first, second] = names;
  if (!first || !second || Math.abs(first.y - second.y) > 16) return [...names];
  const middle = (first.y + second.y) / 2;
  const sign = first.y <= second.y ? -1 : 1;
  return [
    { ...first, y: coordinate(middle + sign * 8) },
    { ...second, y: coordinate(middle - sign * 8) },
  ];
}

function describe(
  title: string,
  series: readonly Series[],
  format: Chart['format'],
  bests: readonly number[],
): string {
  const ends = series.map(
    ({ name, values }) => `${name} from ${format(values[0] as number)} to ${format(values.at(-1) as number)}`,
  );
  const best = `best epoch ${bests.at(-1)}`;
  return `${title} over ${counted(series[0]?.values.length ?? 0, 'epoch')}: ${ends.join(', ')}; ${best}.`;
}
