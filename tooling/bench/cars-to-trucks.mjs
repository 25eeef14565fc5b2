// The table "cars to trucks" by number of truck examples: node tooling/bench/cars-to-trucks.mjs [COUNT,...] [SEEDS]
import { loadIcons } from '../../examples/cars-to-trucks/icons.js';
import {
  fromScratch,
  headOnly,
  loadBase,
  startBackend,
  testScore,
} from '../../examples/cars-to-trucks/setting.js';

const [counts = '5,10,20,40', seeds = '5'] = process.argv.slice(2);
await startBackend();
const icons = await loadIcons();
const base = await loadBase();

for (const trucks of counts.split(',').map(Number)) {
  const scores = { head: [], scratch: [] };
  for (let seed = 0; seed < Number(seeds); seed++) {
    scores.head.push(await scoreOf(await headOnly(base, icons, seed, { trucks })));
    scores.scratch.push(await scoreOf(await fromScratch(icons, seed, trucks)));
  }
  console.log(
    `${String(trucks).padStart(3)} trucks  head ${summary(scores.head)}  scratch ${summary(scores.scratch)}`,
  );
}

async function scoreOf({ model }) {
  const { balancedAccuracy } = await testScore(model, icons);
  model.dispose();
  return balancedAccuracy;
}

function summary(values) {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const variance =
    values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / Math.max(1, values.length - 1);
  return `${mean.toFixed(3)} +- ${Math.sqrt(variance).toFixed(3)} (${values.map((value) => value.toFixed(3)).join(' ')})`;
}
