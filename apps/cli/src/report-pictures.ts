import {
  type Dataset,
  predictAll,
  predictValues,
  type ReportPicture,
  subset,
  type Target,
  type TransferModel,
} from '@graft/core';
import type { HeldOut } from './held-out.js';
import { thumbnailUrl } from './thumbnail.js';

/** Each costs a forward pass through the whole model. */
const shown = 12;

/** A dozen validation examples with what the finished model answers, mistakes first. */
export async function reportPictures(
  model: TransferModel,
  { validation, files }: HeldOut,
): Promise<ReportPicture[]> {
  if (!validation) return [];
  const chosen = spread(validation.size, Math.min(shown, validation.size));
  const answers = await answersFor(model, subset(validation, chosen));
  const examples = chosen.map((index, position) => ({
    name: files[index]?.name ?? '',
    file: files[index]?.path ?? null,
    actual: targetText(model, validation.target(index)),
    ...(answers[position] as Answer),
  }));
  const rightness = ({ actual, prediction }: (typeof examples)[number]) => (actual === prediction ? 1 : 0);
  const sorted = examples.toSorted((a, b) => rightness(a) - rightness(b));
  return Promise.all(
    sorted.map(async ({ file, ...example }) => ({
      ...example,
      dataUrl: file === null ? null : await thumbnailUrl(file),
    })),
  );
}

type Answer = Pick<ReportPicture, 'prediction' | 'probability'>;

async function answersFor(model: TransferModel, examples: Dataset): Promise<Answer[]> {
  if (model.task === 'regress') {
    return (await predictValues(model, examples)).map((value) => ({
      prediction: numberText(value),
      probability: null,
    }));
  }
  const predictions = await predictAll(model, examples);
  return predictions.map((labels) => {
    if (model.task === 'classify')
      return { prediction: labels[0]?.label ?? '', probability: labels[0]?.probability ?? null };
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

/** `count` positions evenly over 0 ... size - 1. */
function spread(size: number, count: number): number[] {
  return Array.from({ length: count }, (_, index) => Math.floor((index * size) / count));
}
