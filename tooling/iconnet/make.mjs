import { mkdir, writeFile } from 'node:fs/promises';
import { collect } from './src/collect.mjs';
import { installIconSets } from './src/icon-sets.mjs';
import { baseConcepts } from './src/labels.mjs';
import { chooseTiles, describeTiles, writeSprite } from './src/sprite.mjs';
import { fileURLToPath } from 'node:url';

const here = (path) => fileURLToPath(new URL(path, import.meta.url));

await installIconSets();
const { icons, counts } = await collect();
const tiles = chooseTiles(icons);
const onSprite = new Set(tiles.map(({ set, name }) => `${set}:${name}`));
await mkdir(here('data'), { recursive: true });
await writeFile(here('data/icons.bin'), Buffer.concat(icons.map(({ pixels }) => pixels)));
await writeFile(here('data/icons.json'), JSON.stringify(icons.map(({ pixels, ...record }) => ({ ...record, tile: onSprite.has(`${record.set}:${record.name}`) }))));
await writeFile(here('data/concepts.json'), JSON.stringify(baseConcepts));
const example = here('../../examples/cars-to-trucks');
await mkdir(example, { recursive: true });
await writeSprite(`${example}/icons.png`, tiles);
await writeFile(`${example}/icons.json`, describeTiles(tiles));
for (const label of ['car','truck','other']) for (const split of ['pool','test']) { const q=tiles.filter(t=>t.label===label&&t.split===split); console.log(label,split,q.length,new Set(q.map(t=>t.family+t.concept)).size,q.filter(t=>t.known).length)}
