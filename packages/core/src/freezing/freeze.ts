import { GraftError } from '../errors.js';
import type { ParameterCount } from '../events.js';
import { layersOf } from '../model/layer-graph.js';
import { nearest } from '../model/near-misses.js';
import { weightsOf } from '../model/stored-weights.js';
import { canMove, countParameters, type TransferModel } from '../model/transfer-model.js';
import type { FreezePlan, Phase } from '../recipe/recipe.js';
import { matchesGlob } from './glob.js';

/**
 * Freezes layers of a transfer model, and only these: an earlier plan is forgotten. A frozen layer is frozen in
 * every sense: no weight moves, BatchNormalization normalises by its fixed statistics, Dropout is off. Layers
 * of a new head always train. A layer that is used on both sides of the line is frozen.
 *
 * @param batchNorm what pretrained BatchNormalization layers that are not frozen do with their statistics
 * @returns how many weight values train, stay, and are there in all
 * @throws GraftError `usage/unknown-layer`, `usage/no-match`, `usage/nothing-to-train`
 *
 * @example
 * freeze(model, 'backbone'); // { trainable: 1026, frozen: 723522, total: 724548 }
 * freeze(model, { upTo: 'fire7_concat' });
 */
export function freeze(
  model: TransferModel,
  plan: FreezePlan,
  batchNorm: Phase['batchNorm'] = 'frozen',
): ParameterCount {
  model.frozenLayers = new Set(layersToFreeze(model, plan));
  model.mode.batchNorm = batchNorm;
  for (const [name, layer] of layersOf(model.graph)) layer.trainable = !model.frozenLayers.has(name);
  const movable = weightsOf(model.graph).filter((named) => canMove(model, named));
  if (movable.length === 0) {
    throw new GraftError(
      'usage/nothing-to-train',
      'Expected a freeze plan that lets some weight train. Received one that freezes all.',
      {
        hint: 'Put on a new head, or freeze fewer layers.',
        details: { plan },
      },
    );
  }
  return countParameters(model);
}

function layersToFreeze(model: TransferModel, plan: FreezePlan): string[] {
  const original = [...layersOf(model.graph).keys()].filter((name) => model.pretrainedLayers.has(name));
  if (plan === 'nothing') return [];
  if (plan === 'backbone') return original.filter((name) => !model.headLayers.has(name));
  if ('upTo' in plan) return upTo(model, plan.upTo, original);
  if ('layers' in plan) return matching(original, plan.layers);
  const kept = new Set(matching(original, plan.allBut));
  return original.filter((name) => !kept.has(name));
}

/** Every original layer that is used at or before the last use of `last`, in the order that `inspect` prints. */
function upTo(model: TransferModel, last: string, original: readonly string[]): string[] {
  if (!original.includes(last)) throw noSuchLayer('usage/unknown-layer', last, original);
  const position = model.graph.nodes.findLastIndex((node) => node.name === last);
  const frozen = new Set(model.graph.nodes.slice(0, position + 1).map((node) => node.name));
  return original.filter((name) => frozen.has(name));
}

function matching(original: readonly string[], globs: readonly string[]): string[] {
  for (const glob of globs) {
    if (!original.some((name) => matchesGlob(name, glob)))
      throw noSuchLayer('usage/no-match', glob, original);
  }
  return original.filter((name) => globs.some((glob) => matchesGlob(name, glob)));
}

function noSuchLayer(
  code: 'usage/unknown-layer' | 'usage/no-match',
  wish: string,
  original: readonly string[],
): GraftError {
  const similar = nearest(wish, original);
  return new GraftError(
    code,
    `Expected a pretrained layer that is kept. Received "${wish}", which matches none of ${original.length}.`,
    {
      hint: `Try ${similar.map((name) => `"${name}"`).join(', ')}; inspect prints all names.`,
      details: { layer: wish, similar },
    },
  );
}
