// Trains the same network from scratch for some seeds: `node scratch.js 0 2 4` prints one JSON line a seed.
import { loadIcons } from './icons.js';
import { fromScratch, startBackend, testScore } from './setting.js';

await startBackend();
const icons = await loadIcons();
for (const seed of process.argv.slice(2).map(Number)) {
  const { model } = await fromScratch(icons, seed);
  const { balancedAccuracy } = await testScore(model, icons);
  console.log(JSON.stringify({ seed, balancedAccuracy }));
  model.dispose();
}
