import { readFile } from 'node:fs/promises';
import { subjectOf } from './names.mjs';

/** Base concepts are learned by iconnet, unseen ones only appear as 'other' in the sprite. */
const concepts = JSON.parse(await readFile(new URL('../concepts.json', import.meta.url), 'utf8'));
const vehicles = JSON.parse(await readFile(new URL('../vehicles.json', import.meta.url), 'utf8'));

/**
 * Words of everything that looks like a truck, bus or van, or whose icon often shows one ("delivery").
 * Only names listed as `car` or `truck` in vehicles.json pass in spite of them.
 */
const TRUCK_LIKE = new RegExp(
  `(^|-)(${[
    'ambulance|articulatedlorry|auto-rickshaw|bulldozer|bus|buses|camper|caravan|cargo|coach|crane|delivery|deliverytruck',
    'digger|excavator|fire-engine|firetruck|forklift|freight|locomotive|logistics|lorry|metro|minibus|minivan|motorhome',
    'moving|pickup|rail|railway|rickshaw|rv|semi|shipment|shipping|shuttle|subway|tanker|tow|tractor|trailer|train',
    'tram|transport|transportation|trolley|trolleybus|truck|trucks|van|vans|vehicle|wagon',
  ].join('|')})(-|$)`,
);

const conceptOf = new Map();
for (const [known, group] of [
  [true, concepts.base],
  [false, concepts.unseen],
]) {
  for (const [concept, subjects] of Object.entries(group)) {
    for (const subject of subjects) conceptOf.set(subject, { concept, known });
  }
}
const cars = new Set(vehicles.car);
const trucks = new Set(vehicles.truck);
const rejected = new Set(vehicles.reject);

/** The base's concepts in output order. */
export const baseConcepts = ['car', ...Object.keys(concepts.base)].sort();

/**
 * What the icon stands for, or null when it is of no use here.
 *
 * `label` is its class in the sprite; `known` says whether the base learns its concept.
 *
 * @example labelOf('mdi', 'truck-outline') // { label: 'truck', concept: 'truck', known: false }
 */
export function labelOf(set, name) {
  if (rejected.has(`${set}:${name}`)) return null;
  const subject = subjectOf(name);
  if (trucks.has(subject)) return { label: 'truck', concept: 'truck', known: false };
  if (cars.has(subject)) return { label: 'car', concept: 'car', known: true };
  if (TRUCK_LIKE.test(name)) return null;
  const found = conceptOf.get(subject);
  return found ? { label: 'other', ...found } : null;
}
