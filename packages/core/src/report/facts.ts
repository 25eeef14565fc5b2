import type { FreezePlan, HeadSpec, OptimizerSpec, Phase, ScheduleSpec } from '../recipe/recipe.js';
import type { RunRecord } from '../saving/run-record.js';
import { count, counted, decimal, duration, percent } from './formats.js';
import { type Html, html } from './html.js';

type Row = readonly [name: string, value: Html | string];

/**
 * Everything that decided the run, as a table, and the recipe as JSON to use again.
 *
 * @example
 * facts(record).text;
 */
export function facts(record: RunRecord): Html {
  const { recipe } = record;
  return html`<table class="facts">
    <tbody>${rows(record).map(([name, value]) => html`<tr><th scope="row">${name}</th><td>${value}</td></tr>`)}</tbody>
  </table>
  <h3>The recipe</h3>
  <pre tabindex="0" aria-label="The recipe as JSON">${JSON.stringify(recipe, null, 1)}</pre>`;
}

function rows(record: RunRecord): Row[] {
  const { recipe, source, pooling, backend, versions, parameters, examples, seconds, inputSpec, phases } =
    record;
  return [
    ['Pretrained model', source.path === null ? source.name : `${source.name} (${source.path})`],
    ['Cut', `after ${recipe.cut}`],
    [
      'Head',
      `${headWords(recipe.head)}, ${recipe.output} output${pooling === null ? '' : `, features pooled: ${pooling}`}`,
    ],
    ...recipe.phases.map((phase, index): Row => [`Phase ${index + 1}`, phaseWords(phase, phases[index])]),
    [
      'Batches',
      `${counted(recipe.batchSize, 'example')}; class weights ${recipe.classWeights}; label smoothing ${recipe.labelSmoothing}`,
    ],
    [
      'Examples',
      `${count(examples.train)} trained on, ${count(examples.validation)} held out (recipe: ${percent(recipe.validation)})`,
    ],
    ['Seed', String(recipe.seed)],
    ['Input', inputSpec === null ? 'values as they are' : inputWords(inputSpec)],
    [
      'Values',
      `${count(parameters.trainable)} trainable, ${count(parameters.frozen)} frozen, ${count(parameters.total)} in all`,
    ],
    [
      'Time',
      `data ${duration(seconds.data)}, features ${duration(seconds.features)}, training ${duration(seconds.train)}`,
    ],
    ['Backend', backend],
    [
      'Versions',
      Object.entries(versions)
        .map(([name, version]) => `${name} ${version}`)
        .join(', '),
    ],
    ['Hash of all weights', html`<code>${record.weightsHash}</code>`],
  ];
}

function headWords(head: HeadSpec): string {
  switch (head.kind) {
    case 'linear':
      return 'linear';
    case 'hidden':
      return `hidden layers of ${head.units.join(', ')} with dropout ${head.dropout}`;
    case 'keep':
      return "the pretrained model's own";
  }
}

function phaseWords(phase: Phase, done: RunRecord['phases'][number] | undefined): string {
  const rates = phase.rates.map(({ layers, scale }) => `${layers} × ${scale}`).join(', ');
  return [
    `freeze ${freezeWords(phase.freeze)}`,
    done
      ? `${done.epochs} of ${counted(phase.epochs, 'epoch')}, best ${done.bestEpoch}, ${duration(done.seconds)}`
      : 'not begun',
    `${optimizerWords(phase.optimizer)} at ${decimal(phase.learningRate)}${rates && ` (${rates})`}, ${scheduleWords(phase.schedule)}`,
    phase.clipNorm === null ? 'no clipping' : `gradient norm up to ${phase.clipNorm}`,
    ...(phase.patience === null ? [] : [`patience ${phase.patience}`]),
    ...(phase.batchNorm === 'train' ? ['BatchNorm statistics trained'] : []),
  ].join('; ');
}

function freezeWords(plan: FreezePlan): string {
  if (typeof plan === 'string') return plan;
  if ('upTo' in plan) return `up to ${plan.upTo}`;
  return 'layers' in plan ? plan.layers.join(', ') : `all but ${plan.allBut.join(', ')}`;
}

function optimizerWords(optimizer: OptimizerSpec): string {
  switch (optimizer.name) {
    case 'sgd':
      return `SGD with momentum ${optimizer.momentum}${optimizer.nesterov ? ' (Nesterov)' : ''}, weight decay ${optimizer.weightDecay}`;
    case 'adam':
      return 'Adam';
    case 'adamw':
      return `AdamW, weight decay ${optimizer.weightDecay}`;
  }
}

function scheduleWords(schedule: ScheduleSpec): string {
  switch (schedule.name) {
    case 'constant':
      return 'constant';
    case 'cosine':
      return `cosine after ${percent(schedule.warmUp)} warm-up`;
    case 'one-cycle':
      return `one cycle with its peak at ${percent(schedule.peak)}`;
  }
}

function inputWords({
  width,
  height,
  channels,
  range,
  colorOrder,
  resize,
  mean,
  std,
}: NonNullable<RunRecord['inputSpec']>): string {
  const order = channels === 1 ? 'grey' : colorOrder.toUpperCase();
  return `${width} × ${height} ${order}, ${resize}, values ${range.join(' to ')}, minus ${[mean].flat().join(', ')}, divided by ${[std].flat().join(', ')}`;
}
