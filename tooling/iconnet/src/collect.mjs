import { createHash } from 'node:crypto';
import { glyphHash, joinFamilies } from './families.mjs';
import { iconSets, readIconSet } from './icon-sets.mjs';
import { labelOf } from './labels.mjs';
import { subjectOf } from './names.mjs';
import { render } from './render.mjs';

/** Shares of the families that go to [train, development]; the rest are test families. */
const SHARES = { car: [0.6, 0.1], truck: [0.42, 0.12], other: [0.78, 0.08] };

/** The same for every run and machine: a family's place comes from its name alone. */
function splitOf(label, family) {
  const place = createHash('sha256').update(`iconnet ${label} ${family}`).digest().readUInt32BE() / 2 ** 32;
  const [train, development] = SHARES[label];
  if (place < train) return 'train';
  return place < train + development ? 'development' : 'test';
}

/** Share of ink in a picture, 0 to 1. */
export const inkOf = (pixels) => pixels.reduce((sum, value) => sum + 255 - value, 0) / (255 * pixels.length);

/**
 * Reads, labels, renders and splits all icons that count.
 *
 * @returns `{ icons, counts }`, icons as `{ set, name, label, concept, known, family, split, pixels }`
 */
export async function collect() {
  const found = [];
  let named = 0;
  let unreadable = 0;
  let empty = 0;
  for (const iconSet of iconSets) {
    for (const icon of await readIconSet(iconSet)) {
      named++;
      const meaning = labelOf(iconSet.set, icon.name);
      if (!meaning) continue;
      const pixels = await render(icon).catch(() => null);
      if (!pixels) {
        unreadable++;
        continue;
      }
      const hash = glyphHash(pixels);
      if (!hash || inkOf(pixels) > 0.8) {
        empty++;
        continue;
      }
      const family = `${iconSet.group}/${subjectOf(icon.name)}`;
      found.push({ set: iconSet.set, name: icon.name, ...meaning, family, hash, pixels });
    }
  }
  const families = (icons) =>
    new Set(icons.map(({ label, concept, family }) => `${label} ${concept} ${family}`)).size;
  const before = families(found);
  const stay = joinFamilies(found);
  const icons = stay.map(({ hash, ...icon }) => ({ ...icon, split: splitOf(icon.label, icon.family) }));
  const counts = {
    sets: iconSets.length,
    iconsInSets: named,
    iconsLabelled: found.length + unreadable + empty,
    unreadable,
    empty,
    nearIdenticalRemoved: found.length - stay.length,
    familiesByName: before,
    familiesJoined: before - families(stay),
    byLabel: {},
  };
  for (const label of ['car', 'truck', 'other']) {
    counts.byLabel[label] = {};
    for (const split of ['train', 'development', 'test']) {
      const part = icons.filter((icon) => icon.label === label && icon.split === split);
      counts.byLabel[label][split] = { icons: part.length, families: families(part) };
    }
  }
  return { icons, counts };
}
