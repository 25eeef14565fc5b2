// What is compared, fixed before anything ran: how many examples, which seeds, how both ways train.
import {
  evaluate,
  fineTune,
  loadPretrained,
  randomizeWeights,
  randomStream,
  resolveRecipe,
  useBackend,
} from '@graft/core';
import { findModel, modelDirectory } from '@graft/node';
import { drawExamples, iconDataset, labels } from './icons.js';

export const counts = { truck: 20, car: 40, other: 40 };
export const seeds = [0, 1, 2, 3, 4];

export const startBackend = () =>
  useBackend([
    { name: 'wasm', load: async () => (await import('@tensorflow/tfjs-backend-wasm')).version_wasm },
  ]);

export async function loadBase() {
  return loadPretrained(modelDirectory((await findModel('iconnet')).path));
}

/** Freezes the base and trains a new last layer. The caller disposes the model. */
export async function headOnly(base, icons, seed, { trucks = counts.truck, ...options } = {}) {
  const data = examplesFor(base, icons, seed, trucks);
  return fineTune(
    { pretrained: base, data, recipe: resolveRecipe(base, data, { seed, classWeights: 'balanced' }) },
    options,
  );
}

/**
 * The same network and examples, but all weights start at random and train. It gets an advantage: no example is
 * held out to check on, all are learned from.
 */
export async function fromScratch(icons, seed, trucks = counts.truck) {
  const blank = randomizeWeights(await loadBase(), seed);
  const data = examplesFor(blank, icons, seed, trucks);
  const phase = {
    freeze: 'nothing',
    batchNorm: 'train',
    epochs: 15, // 30 take twice as long and change nothing
    learningRate: 3e-3,
    optimizer: { name: 'adam' },
    schedule: { name: 'cosine' },
  };
  const wishes = { seed, classWeights: 'balanced', batchSize: 16, validation: 0, phases: [phase] };
  const recipe = resolveRecipe(blank, data, wishes);
  const trained = await fineTune({ pretrained: blank, data, recipe });
  blank.dispose();
  return trained;
}

/** Mean recall over car, truck and other, on icon families that no training has seen. */
export async function testScore(model, icons) {
  const test = icons.filter(({ split }) => split === 'test');
  return evaluate(model, iconDataset(test, model.inputSpec), labels);
}

function examplesFor(base, icons, seed, trucks) {
  const examples = drawExamples(icons, { ...counts, truck: trucks }, randomStream(seed, 'examples'));
  return { task: 'classify', labels, train: iconDataset(examples, base.inputSpec), validation: null };
}
