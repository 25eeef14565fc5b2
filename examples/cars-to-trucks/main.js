// A network that knows everyday icons, cars among them, learns trucks: cut, new last layer, freeze, train, prove.
import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { countFates, describeProof, inspect, predictAll } from '@graft/core';
import { saveRun, thumbnail } from '@graft/node';
import { version_core } from '@tensorflow/tfjs-core';
import { iconDataset, loadIcons } from './icons.js';
import { counts, headOnly, loadBase, seeds, startBackend, testScore } from './setting.js';

const out = resolve(process.argv[2] ?? 'runs/cars-to-trucks');
const begin = performance.now();
const interrupt = endOnSignal();
let saving = Promise.resolve();
const { backend } = await startBackend();
const icons = await loadIcons();
const scratchScores = trainFromScratch(); // two processes, while the rest goes on
scratchScores.catch(() => {}); // thrown where it is awaited

const base = await loadBase();
const { layers, parameters } = inspect(base);
title(
  `The base: iconnet, ${layers.length} layers, ${count(parameters)} parameters, ${base.labels.length} everyday concepts, no truck`,
);
await sayWhatTheBaseSees('car');
await sayWhatTheBaseSees('truck');

title(
  `The graft: keep everything up to "${base.featureLayer}", put a new last layer on it, freeze what stays`,
);
const { model, report } = await headOnly(base, icons, seeds[0], { onEvent: narrate });
saving = write(model, report);
const record = await saving;
line(describeProof(countFates(record.weights)));

title(
  `The test: ${icons.filter(({ split }) => split === 'test').length} icons of families that no training has seen`,
);
const heads = [];
for (const seed of seeds) heads.push(await scoreOfHead(seed));
line(
  `balanced accuracy over ${seeds.length} draws of ${counts.truck} trucks, ${counts.car} cars, ${counts.other} others (guessing: 0.333)`,
);
line(`  new head on the frozen base   ${meanAndSpread(heads)}`);
const scratch = await scratchScores;
line(`  same network from scratch     ${meanAndSpread(scratch)}`);
line(verdict(heads, scratch));
await writeFile(
  join(out, 'comparison.json'),
  `${JSON.stringify({ examples: counts.truck, seeds, head: heads, scratch }, null, 2)}\n`,
);

title('Trucks that it has never seen');
await predictSome();

title(
  `Done in ${((performance.now() - begin) / 1000).toFixed(0)} s on ${backend}. The report: ${relative('.', join(out, 'report.html'))}`,
);
console.log(relative('.', out) || '.');

/** Ctrl-C ends all processes at once, except that a run half saved is taken back first. */
function endOnSignal() {
  const controller = new AbortController();
  for (const [name, exitCode] of Object.entries({ SIGINT: 130, SIGTERM: 143 })) {
    process.once(name, async () => {
      controller.abort();
      await Promise.allSettled([saving]);
      process.exit(exitCode);
    });
  }
  return controller;
}

/** How the base, which has no word for a truck, names icons of this label. */
async function sayWhatTheBaseSees(label) {
  const some = icons.filter((icon) => icon.label === label && icon.split === 'test');
  const answers = await predictAll(base, iconDataset(some, base.inputSpec), { top: 1 });
  const tally = new Map();
  for (const [best] of answers) tally.set(best.label, (tally.get(best.label) ?? 0) + 1);
  const top = [...tally].sort((a, b) => b[1] - a[1]).slice(0, 4);
  line(
    `to ${some.length} ${label}s it says: ${top.map(([name, times]) => `${name} ${times}`).join(', ')} ...`,
  );
}

function narrate(event) {
  if (event.type === 'phase') {
    const { trainable, total } = event.parameters;
    line(
      `${count(trainable)} of ${count(total)} parameters train (${((100 * trainable) / total).toFixed(1)} %)`,
    );
  }
  if (event.type === 'epoch' && (event.epoch === 1 || event.epoch % 10 === 0)) {
    line(
      `epoch ${String(event.epoch).padStart(3)}  loss ${event.trainLoss.toFixed(3)}  validation ${event.validationLoss.toFixed(3)}`,
    );
  }
}

async function write(tuned, report) {
  return saveRun(out, tuned, report, {
    source: { name: base.name, path: null },
    targetColumns: null,
    backend,
    versions: { node: process.versions.node, tensorflowjs: version_core },
    warnings: [],
    overwrite: true,
    pictures: await pictures(tuned),
    signal: interrupt.signal,
  });
}

/** Test icons for the report, mistakes first. */
async function pictures(tuned) {
  const test = icons.filter(({ split }) => split === 'test');
  const predictions = await predictAll(tuned, iconDataset(test, tuned.inputSpec), { top: 1 });
  const all = test.map((icon, index) => ({ icon, best: predictions[index][0] }));
  const mistakes = all.filter(({ icon, best }) => icon.label !== best.label);
  const rest = all.filter(({ icon, best }) => icon.label === best.label && icon.label === 'truck');
  const shown = [...mistakes.slice(0, 6), ...rest.slice(0, 6)];
  return Promise.all(
    shown.map(async ({ icon, best }) => ({
      name: `${icon.set} ${icon.name}`,
      dataUrl: await thumbnail(icon.image),
      actual: icon.label,
      prediction: best.label,
      probability: best.probability,
    })),
  );
}

async function scoreOfHead(seed) {
  const tuned = seed === seeds[0] ? model : (await headOnly(base, icons, seed)).model;
  const { balancedAccuracy } = await testScore(tuned, icons);
  if (tuned !== model) tuned.dispose();
  return balancedAccuracy;
}

/** Every second seed in one process, the others in another. */
async function trainFromScratch() {
  const program = fileURLToPath(new URL('scratch.js', import.meta.url));
  const halves = [0, 1].map((half) => seeds.filter((_, index) => index % 2 === half));
  const outputs = await Promise.all(
    halves.map((some) =>
      promisify(execFile)(process.execPath, [program, ...some.map(String)], { signal: interrupt.signal }),
    ),
  );
  const results = outputs.flatMap(({ stdout }) =>
    stdout
      .trim()
      .split('\n')
      .map((text) => JSON.parse(text)),
  );
  return seeds.map((seed) => results.find((result) => result.seed === seed).balancedAccuracy);
}

async function predictSome() {
  const trucks = icons.filter(({ label, split }) => label === 'truck' && split === 'test');
  const some = trucks.filter((_, index) => index % Math.ceil(trucks.length / 5) === 0);
  const answers = await predictAll(model, iconDataset(some, model.inputSpec), { top: 2 });
  some.forEach((icon, index) => {
    const [first, second] = answers[index].map(
      ({ label, probability }) => `${label} ${(100 * probability).toFixed(0)} %`,
    );
    line(`${`${icon.set} ${icon.name}`.padEnd(40)} ${first.padEnd(12)} ${second}`);
  });
}

function verdict(heads, scratch) {
  const difference = mean(heads) - mean(scratch);
  const wins = heads.filter((score, index) => score > scratch[index]).length;
  return `  difference ${difference >= 0 ? '+' : ''}${difference.toFixed(3)}; the frozen base wins ${wins} of ${seeds.length} draws`;
}

function meanAndSpread(scores) {
  const average = mean(scores);
  const spread = Math.sqrt(
    mean(scores.map((score) => (score - average) ** 2)) * (scores.length / (scores.length - 1)),
  );
  return `${average.toFixed(3)} +- ${spread.toFixed(3)}   (${scores.map((score) => score.toFixed(3)).join(' ')})`;
}

function mean(values) {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function count(number) {
  return number.toLocaleString('en');
}

function title(text) {
  console.log(`\n${text}`);
}

function line(text) {
  console.log(`  ${text}`);
}
