import { createHash } from 'node:crypto';
import sharp from 'sharp';
import { inkOf } from './collect.mjs';
import { GREYS, SIZE } from './render.mjs';

const COLUMNS = 32;
const TILES_OF_A_FAMILY = { car: 3, truck: 6, other: 1 };
const OTHER = { pool: 400, test: 200 }; // tiles; a third of them show concepts that the base does not know

const order = (icon) => createHash('sha256').update(`sprite ${icon.set}:${icon.name}`).digest('hex');

/** At most `count` icons, spread evenly from the lightest to the most inked. */
function spread(icons, count) {
  if (icons.length <= count) return icons;
  const sorted = icons.toSorted((a, b) => inkOf(a.pixels) - inkOf(b.pixels));
  if (count === 1) return [sorted[Number.parseInt(order(sorted[0]).slice(0, 6), 16) % sorted.length]];
  return Array.from({ length: count }, (_, i) => sorted[Math.round((i * (sorted.length - 1)) / (count - 1))]);
}

/** Up to `count` icons in a fixed random order, concept by concept, so that no concept dominates. */
function broadSample(icons, count) {
  const turns = new Map(); // concept -> icons taken so far
  const ranked = icons
    .toSorted((a, b) => (order(a) < order(b) ? -1 : 1))
    .map((icon) => {
      const turn = turns.get(icon.concept) ?? 0;
      turns.set(icon.concept, turn + 1);
      return { icon, turn };
    });
  return ranked
    .toSorted((a, b) => a.turn - b.turn)
    .slice(0, count)
    .map(({ icon }) => icon);
}

/** The icons of the sprite, in the order of their tiles, each with `split` 'pool' or 'test'. */
export function chooseTiles(icons) {
  const families = new Map();
  for (const icon of icons) {
    const key = `${icon.label} ${icon.concept} ${icon.family}`;
    families.set(key, [...(families.get(key) ?? []), icon]);
  }
  const few = [...families.values()].flatMap((family) => spread(family, TILES_OF_A_FAMILY[family[0].label]));
  const ready = few.map((icon) => ({
    ...icon,
    seenByBase: icon.known && icon.split === 'train',
    split: icon.split === 'test' ? 'test' : 'pool',
  }));
  const vehicles = ready.filter(({ label }) => label !== 'other');
  const others = Object.entries(OTHER).flatMap(([split, count]) => {
    const part = ready.filter((icon) => icon.label === 'other' && icon.split === split);
    const unseen = broadSample(
      part.filter(({ known }) => !known),
      Math.round(count / 3),
    );
    return [
      ...unseen,
      ...broadSample(
        part.filter(({ known }) => known),
        count - unseen.length,
      ),
    ];
  });
  const key = ({ label, concept, family, name }) => `${label} ${concept} ${family} ${name}`;
  return [...vehicles, ...others].toSorted((a, b) => (key(a) < key(b) ? -1 : 1));
}

/** Draws the tiles row by row into one grayscale PNG, black on white. */
export async function writeSprite(file, tiles) {
  const rows = Math.ceil(tiles.length / COLUMNS);
  const width = COLUMNS * SIZE;
  const sheet = Buffer.alloc(width * rows * SIZE, 255);
  tiles.forEach(({ pixels }, index) => {
    const left = (index % COLUMNS) * SIZE;
    const top = Math.floor(index / COLUMNS) * SIZE;
    for (let y = 0; y < SIZE; y++)
      sheet.set(pixels.subarray(y * SIZE, (y + 1) * SIZE), (top + y) * width + left);
  });
  await sharp(sheet, { raw: { width, height: rows * SIZE, channels: 1 } })
    .png({ palette: true, colours: GREYS, dither: 0, compressionLevel: 9, effort: 10 })
    .toFile(file);
}

/** What icons.json says: the grid, and one line for each tile. */
export function describeTiles(tiles) {
  const lines = tiles.map(({ label, family, set, name, split, concept, seenByBase }) =>
    JSON.stringify({ label, family, set, name, split, concept, seenByBase }),
  );
  return `{\n"tile": ${SIZE},\n"columns": ${COLUMNS},\n"icons": [\n${lines.join(',\n')}\n]\n}\n`;
}

/** Tiles and families by label and split. */
export function countTiles(tiles) {
  const counts = {};
  for (const label of ['car', 'truck', 'other']) {
    counts[label] = {};
    for (const split of ['pool', 'test']) {
      const part = tiles.filter((tile) => tile.label === label && tile.split === split);
      const families = new Set(part.map(({ concept, family }) => `${concept} ${family}`));
      counts[label][split] = {
        tiles: part.length,
        families: families.size,
        seenByBase: part.filter((tile) => tile.seenByBase).length,
      };
    }
  }
  return counts;
}
