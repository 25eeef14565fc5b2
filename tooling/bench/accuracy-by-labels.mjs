// Balanced accuracy by number of labels a class: node tooling/bench/accuracy-by-labels.mjs MODEL DATA LABEL,LABEL [COUNT,...] [SEEDS]
//
// For each seed the files of each label are shuffled; the first 100 of them are the test set, the next N the
// examples. Everything else is what `graft tune` does by default (its own validation split included).
import { evaluate, fineTune, loadPretrained, resolveRecipe, subset, useBackend } from '@graft/core';
import { findModel, modelDirectory, readData } from '@graft/node';

const [model = 'squeezenet', path, wanted, counts = '5,10,20,50', seeds = '5'] = process.argv.slice(2);
const testSize = 100; // a label

await useBackend([
  { name: 'wasm', load: async () => (await import('@tensorflow/tfjs-backend-wasm')).version_wasm },
]);
const pretrained = await loadPretrained(modelDirectory((await findModel(model)).path));
const all = await readData(path, {
  inputSpec: pretrained.inputSpec,
  inputShape: pretrained.model.inputs[0].shape.slice(1),
});
const labels = wanted.split(',');
const inMemory = await remember(all.train);

for (const count of counts.split(',').map(Number)) {
  const scores = [];
  for (let seed = 0; seed < Number(seeds); seed++) scores.push(await oneRun(count, seed));
  const mean = scores.reduce((sum, score) => sum + score, 0) / scores.length;
  const spread = Math.sqrt(
    scores.reduce((sum, score) => sum + (score - mean) ** 2, 0) / Math.max(1, scores.length - 1),
  );
  const list = scores.map((score) => score.toFixed(3)).join(' ');
  console.log(
    `${String(count).padStart(3)} labels a class  ${mean.toFixed(3)} +- ${spread.toFixed(3)}  (${list})`,
  );
}

async function oneRun(count, seed) {
  const train = [];
  const test = [];
  for (const label of labels) {
    const own = inMemory.indices.filter((index) => all.labels[all.train.target(index)] === label);
    const order = shuffle(own, seed);
    test.push(...order.slice(0, testSize));
    train.push(...order.slice(testSize, testSize + count));
  }
  const data = { task: 'classify', labels, train: relabelled(train), validation: null };
  const recipe = resolveRecipe(pretrained, data, { seed });
  const { model: tuned } = await fineTune({ pretrained, data, recipe });
  const { balancedAccuracy } = await evaluate(tuned, relabelled(test), labels);
  tuned.dispose();
  return balancedAccuracy;
}

function relabelled(indices) {
  const part = subset(inMemory.dataset, indices);
  return { ...part, target: (index) => labels.indexOf(all.labels[part.target(index)]) };
}

/** Decodes every picture once: the runs differ in which they see, not in what they are. */
async function remember(dataset) {
  const indices = Array.from({ length: dataset.size }, (_, index) => index).filter((index) =>
    labels.includes(all.labels[dataset.target(index)]),
  );
  const tensors = new Map();
  for (const index of indices) tensors.set(index, await dataset.input(index));
  return {
    indices,
    dataset: {
      ...dataset,
      target: dataset.target,
      size: dataset.size,
      input: (index) => tensors.get(index).clone(),
    },
  };
}

/** A linear congruential generator (Numerical Recipes) is enough to fix an order. */
function shuffle(items, seed) {
  let state = (seed + 1) * 2654435761;
  const random = () => {
    state = (Math.imul(1664525, state) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
  const result = [...items];
  for (let last = result.length - 1; last > 0; last--) {
    const other = Math.floor(random() * (last + 1));
    [result[last], result[other]] = [result[other], result[last]];
  }
  return result;
}
