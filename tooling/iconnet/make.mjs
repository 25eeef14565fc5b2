/**
 * Makes iconnet and the sprite of labelled icons from the pinned icon sets. See README.md.
 *
 *     node tooling/iconnet/make.mjs [icons|train|export|compare ...]     all steps without a word
 */
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { copyFile, mkdir, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { collect } from './src/collect.mjs';
import { iconSets, installIconSets } from './src/icon-sets.mjs';
import { baseConcepts } from './src/labels.mjs';
import { modelNotice, spriteNotice } from './src/notice.mjs';
import { chooseTiles, countTiles, describeTiles, writeSprite } from './src/sprite.mjs';

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const CACHE = here('.cache');
const MODEL = here('../../packages/node/models/iconnet');
const EXAMPLE = here('../../examples/cars-to-trucks');

/** Runs one of the Python programs in an environment of its own, set up when it is missing. */
function python(...args) {
  const venv = `${CACHE}/venv`;
  if (!existsSync(`${venv}/ready`)) {
    execFileSync('python3', ['-m', 'venv', venv], { stdio: 'inherit' });
    execFileSync(`${venv}/bin/pip`, ['install', '-q', '-r', here('requirements.txt')], { stdio: 'inherit' });
    execFileSync('touch', [`${venv}/ready`]);
  }
  execFileSync(`${venv}/bin/python`, args, { cwd: here('.'), stdio: 'inherit' });
}

const steps = {
  /** Sprite, its notice and the counts; pictures and records for the training. */
  async icons() {
    await installIconSets();
    const { icons, counts } = await collect();
    const tiles = chooseTiles(icons);
    const learned = icons.filter(({ known, split }) => known && split === 'train');
    await writeSprite(`${EXAMPLE}/icons.png`, tiles);
    await writeFile(`${EXAMPLE}/icons.json`, describeTiles(tiles));
    await writeFile(`${EXAMPLE}/NOTICE.md`, spriteNotice(iconSets, tiles));
    await writeFile(`${MODEL}/NOTICE.md`, modelNotice(iconSets, learned));

    const onSprite = new Set(tiles.map(({ set, name }) => `${set}:${name}`));
    const records = icons.map(({ pixels, ...icon }) => ({
      ...icon,
      tile: onSprite.has(`${icon.set}:${icon.name}`),
    }));
    await writeFile(`${CACHE}/icons.json`, JSON.stringify(records));
    await writeFile(`${CACHE}/icons.bin`, Buffer.concat(icons.map(({ pixels }) => pixels)));
    await writeFile(`${CACHE}/concepts.json`, JSON.stringify(baseConcepts));

    const text = `${JSON.stringify({ ...counts, sprite: countTiles(tiles) }, null, 2)}\n`;
    await writeFile(here('counts.json'), text);
    console.log(text);
  },
  train() {
    python('train.py');
  },
  async export() {
    python('export.py', MODEL);
    await copyFile(`${CACHE}/iconnet.json`, here('base.json'));
  },
  async compare() {
    python('compare.py', '--split', 'test');
    await copyFile(`${CACHE}/compare-iconnet-test.json`, here('comparison.json'));
  },
};

const asked = process.argv.slice(2);
const unknown = asked.find((name) => !(name in steps));
if (unknown) {
  console.error(`Expected steps out of ${Object.keys(steps).join(', ')}. Received ${unknown}.`);
  process.exit(2);
}
for (const folder of [CACHE, MODEL, EXAMPLE]) await mkdir(folder, { recursive: true });
for (const [name, step] of Object.entries(steps)) {
  if (asked.length > 0 && !asked.includes(name)) continue;
  const start = performance.now();
  await step();
  console.log(`${name}: ${Math.round((performance.now() - start) / 1000)} s`);
}
