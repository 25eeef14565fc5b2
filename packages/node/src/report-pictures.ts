import {
  type FineTuneReport,
  predictionsFrom,
  type ReportPicture,
  type Target,
  type TransferModel,
} from '@graft/core';
import { thumbnail } from './encode-image.js';
import type { FileData } from './file-data.js';

const shown = 12;

/** A dozen validation examples with what the finished model answered to them, mistakes first. */
export async function reportPictures(
  data: FileData,
  model: TransferModel,
  report: FineTuneReport,
): Promise<ReportPicture[]> {
  const examples = validationExamples(data, report);
  const answers = report.validationOutputs ? answersOf(model, report.validationOutputs, examples.length) : [];
  const all = examples.map(({ target, ...example }, index) => ({
    ...example,
    ...(answers[index] as Answer),
    actual: targetText(model, target),
  }));
  const mistakes = all.filter(({ actual, prediction }) => model.task !== 'regress' && actual !== prediction);
  const others = all.filter((example) => !mistakes.includes(example));
  const chosen = [...spread(mistakes, shown), ...spread(others, shown - Math.min(shown, mistakes.length))];
  return Promise.all(
    chosen.map(async ({ picture, ...example }) => ({
      ...example,
      dataUrl: picture === null ? null : await thumbnail(picture),
    })),
  );
}

/** Names, pictures and targets of the validation examples, in the order of the report's outputs. */
function validationExamples(data: FileData, { heldOut }: FineTuneReport) {
  const part = data.validation ? 'validation' : 'train';
  const dataset = data.validation ?? data.train;
  const indices = data.validation ? Array.from({ length: dataset.size }, (_, index) => index) : heldOut;
  return indices.map((index) => ({
    name: data.names[part]?.[index] ?? '',
    picture: data.picture(part, index),
    target: dataset.target(index),
  }));
}

type Answer = Pick<ReportPicture, 'prediction' | 'probability'>;

function answersOf(model: TransferModel, outputs: Float32Array, examples: number): Answer[] {
  if (model.task === 'regress') {
    return Array.from(outputs, (value) => ({ prediction: numberText(value), probability: null }));
  }
  return predictionsFrom(model, outputs, examples).map((labels) => {
    if (model.task === 'classify') {
      return { prediction: labels[0]?.label ?? '', probability: labels[0]?.probability ?? null };
    }
    const held = new Set(labels.filter(({ probability }) => probability >= 0.5).map(({ label }) => label));
    return { prediction: setText(model, (label) => held.has(label)), probability: null };
  });
}

function targetText(model: TransferModel, target: Target): string {
  if (typeof target !== 'number') return setText(model, (_, index) => target[index] === 1);
  return model.task === 'regress' ? numberText(target) : (model.labels?.[target] ?? String(target));
}

function setText({ labels }: TransferModel, holds: (label: string, index: number) => boolean): string {
  return (labels ?? []).filter(holds).join(', ') || 'none';
}

const numberText = (value: number) => String(Number(value.toPrecision(6)));

/** `count` of the items, evenly spread. */
function spread<T>(items: readonly T[], count: number): T[] {
  if (items.length <= count) return [...items];
  return Array.from({ length: count }, (_, index) => items[Math.floor((index * items.length) / count)] as T);
}
