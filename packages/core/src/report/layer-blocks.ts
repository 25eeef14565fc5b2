import { fateOf, type WeightFate, type WeightProof } from '../saving/freeze-proof.js';

/** A layer, or several neighbours that belong together, as one block of a drawing. */
export interface LayerBlock {
  readonly name: string;
  readonly layers: readonly string[];
  /** One entry a weight, in model order. */
  readonly fates: readonly WeightFate[];
  /** Whether the layers came with the new head. */
  readonly isNew: boolean;
}

/** The layers with weights on both sides of the freeze line, from input to output. */
interface NetworkBlocks {
  readonly frozen: readonly LayerBlock[];
  readonly trainable: readonly LayerBlock[];
}

interface WeightedLayer {
  readonly name: string;
  readonly isNew: boolean;
  readonly weights: readonly WeightProof[];
}

/** More blocks than this on one side are hard to read. */
const mostBlocks = 20;

/**
 * Finds the freeze line in a run's weights (before the first layer with a weight that was free to move) and
 * groups the layers on both sides by their names where there are too many to draw one by one.
 *
 * @example
 * layerBlocks(record.weights).frozen.map(({ name }) => name); // ['conv1', 'fire2', ..., 'fire9']
 */
export function layerBlocks(weights: readonly WeightProof[]): NetworkBlocks {
  const layers = weightedLayers(weights);
  const first = layers.findIndex((layer) => layer.weights.some(({ frozen }) => !frozen));
  const line = first < 0 ? layers.length : first;
  const free = layers.slice(line);
  return {
    frozen: group(layers.slice(0, line)),
    trainable: [...group(free.filter(({ isNew }) => !isNew)), ...group(free.filter(({ isNew }) => isNew))],
  };
}

function weightedLayers(weights: readonly WeightProof[]): WeightedLayer[] {
  const layers = new Map<string, WeightProof[]>();
  for (const weight of weights) {
    const name = weight.source ?? weight.name.replace(/\/[^/]*$/, '');
    layers.set(name, [...(layers.get(name) ?? []), weight]);
  }
  return [...layers].map(([name, own]) => ({
    name,
    isNew: own.every(({ source }) => source === null),
    weights: own,
  }));
}

function group(layers: readonly WeightedLayer[]): LayerBlock[] {
  const runs = finestRuns(layers);
  const names = runs.map(commonName);
  return runs.map((run, index) => {
    const name = names[index] as string;
    return {
      name: names.indexOf(name) === names.lastIndexOf(name) ? name : `${run[0]?.name}…`,
      layers: run.map((layer) => layer.name),
      fates: run.flatMap((layer) => layer.weights.map(fateOf)),
      isNew: run.every(({ isNew }) => isNew),
    };
  });
}

/** Neighbours of one key make a run; of all keys the one with the most runs that can still be drawn. */
function finestRuns(layers: readonly WeightedLayer[]): WeightedLayer[][] {
  if (layers.length <= mostBlocks) return layers.map((layer) => [layer]);
  const numbered = runsOf(layers, ({ name }) => numberOf(name));
  const byFirstWords = [6, 5, 4, 3, 2, 1].map((words) =>
    runsOf(layers, ({ name }) => wordsOf(name).slice(0, words).join('_')),
  );
  const candidates = [numbered, ...byFirstWords]
    .filter(({ length }) => length <= mostBlocks && length >= mostBlocks / 4)
    .sort((a, b) => b.length - a.length);
  return candidates[0] ?? evenly(numbered.length > mostBlocks ? numbered : layers.map((layer) => [layer]));
}

/** Joins neighbouring runs to as many as can be drawn. */
function evenly(runs: readonly WeightedLayer[][]): WeightedLayer[][] {
  const bounds = Array.from({ length: mostBlocks + 1 }, (_, index) =>
    Math.round((index * runs.length) / mostBlocks),
  );
  return bounds.slice(1).map((end, index) => runs.slice(bounds[index], end).flat());
}

function runsOf(
  layers: readonly WeightedLayer[],
  keyOf: (layer: WeightedLayer) => string,
): WeightedLayer[][] {
  const runs: WeightedLayer[][] = [];
  let previous: string | null = null;
  for (const layer of layers) {
    const key = keyOf(layer);
    if (key === previous) runs.at(-1)?.push(layer);
    else runs.push([layer]);
    previous = key;
  }
  return runs;
}

/** The words that all names of a run share: conv_dw_2, conv_pw_2_bn -> "conv_2". */
function commonName(run: readonly WeightedLayer[]): string {
  const [first, ...others] = run;
  if (!first || others.length === 0) return first?.name ?? '';
  const shared = wordsOf(first.name).filter((word) =>
    others.every(({ name }) => wordsOf(name).includes(word)),
  );
  return shared.length > 0 ? shared.join('_') : `${first.name}…`;
}

function wordsOf(name: string): string[] {
  return name.split(/[_/.-]+/).filter((word) => word !== '');
}

/** The first number of a name, which often is its block's: fire2_squeeze -> 2, conv2d_5 -> 5, block1a_bn -> 1a. */
function numberOf(name: string): string {
  return name.replace(/conv[123]d/i, '').match(/\d+[a-z]?(?![a-z\d])/i)?.[0] ?? name;
}
