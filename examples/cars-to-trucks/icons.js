// The sprite of labelled icons as datasets: icons.png holds the pictures, icons.json says what they show.
import { readFile } from 'node:fs/promises';
import { pixelsToInput, shuffled } from '@graft/core';
import { decodeImage } from '@graft/node';
import { tensor } from '@tensorflow/tfjs-core';

export const labels = ['car', 'truck', 'other'];

/** Every icon with its label, its family (one drawing and its variants) and its pixels. */
export async function loadIcons() {
  const { tile, columns, icons } = JSON.parse(await readFile(new URL('icons.json', import.meta.url), 'utf8'));
  const sprite = await decodeImage(await readFile(new URL('icons.png', import.meta.url)), 'icons.png');
  return icons.map((icon, index) => {
    const left = (index % columns) * tile;
    const top = Math.floor(index / columns) * tile;
    return { ...icon, image: cutOut(sprite, left, top, tile) };
  });
}

/** Icons as a dataset for a model with this input spec. */
export function iconDataset(icons, inputSpec) {
  const { width, height, channels } = inputSpec;
  return {
    size: icons.length,
    target: (index) => labels.indexOf(icons[index].label),
    input: (index) => tensor(pixelsToInput(icons[index].image, inputSpec), [height, width, channels]),
    group: (index) => icons[index].family,
  };
}

/**
 * Draws examples by seed: so many trucks, cars and others from the pool, each family once before any family
 * gives a second drawing.
 */
export function drawExamples(icons, counts, random) {
  const pool = shuffled(
    icons.filter(({ split }) => split === 'pool'),
    random,
  );
  return labels.flatMap((label) => {
    const drawn = new Map(); // family -> how many of it came before
    return pool
      .filter((icon) => icon.label === label)
      .map((icon) => {
        const turn = drawn.get(icon.family) ?? 0;
        drawn.set(icon.family, turn + 1);
        return { icon, turn };
      })
      .sort((a, b) => a.turn - b.turn)
      .slice(0, counts[label])
      .map(({ icon }) => icon);
  });
}

function cutOut({ width, data }, left, top, size) {
  const pixels = new Uint8Array(size * size * 3);
  for (let row = 0; row < size; row++) {
    const start = ((top + row) * width + left) * 3;
    pixels.set(data.subarray(start, start + size * 3), row * size * 3);
  }
  return { width: size, height: size, data: pixels };
}
