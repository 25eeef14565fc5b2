import * as tfl from '@tensorflow/tfjs-layers';
import { findCutPoints } from '../src/model/cut-points.js';
import type { HeadBuilder } from '../src/model/heads.js';
import { ancestors, layersOf } from '../src/model/layer-graph.js';
import type { PretrainedModel } from '../src/model/pretrained-model.js';
import type { Random } from '../src/random.js';
import { parseRecipe } from '../src/recipe/parse-recipe.js';
import type { FreezePlan, Recipe } from '../src/recipe/recipe.js';

export const planKinds = ['backbone', 'nothing', 'upTo', 'layers', 'allBut'] as const;
export type PlanKind = (typeof planKinds)[number];

export const answers = [
  { task: 'classify', output: 'softmax', labels: ['a', 'b', 'c'], units: 3 },
  { task: 'classify', output: 'sigmoid', labels: ['a', 'b'], units: 1 },
  { task: 'multi-label', output: 'sigmoid', labels: ['a', 'b', 'c'], units: 3 },
  { task: 'regress', output: 'linear', labels: null, units: 1 },
] as const;
export type Answer = (typeof answers)[number];

export const headKinds = ['linear', 'hidden', 'own', 'keep'] as const;
export type HeadKind = (typeof headKinds)[number];

export interface RandomPlan {
  readonly recipe: Recipe;
  /** Layers of the test's own instead of the recipe's head. */
  readonly head: HeadBuilder | null;
}

/** A random recipe for a pretrained model whose first phase freezes by a plan of this kind. */
export function randomPlan(
  random: Random,
  pretrained: PretrainedModel,
  answer: Answer,
  kinds: { plan: PlanKind; head: HeadKind },
): RandomPlan {
  const pick = <T>(items: readonly T[]): T => items[Math.floor(random() * items.length)] as T;
  const { graph } = pretrained;
  const inner = findCutPoints(graph).filter(
    ({ edge }) =>
      edge !== graph.outputs[0] && ancestors(graph, edge).some((node) => node.layer.weights.length > 0),
  );
  const cut = random() < 0.85 ? (inner.at(-1) ?? pick(inner)) : pick(inner);
  const kept = ancestors(graph, cut.edge).filter((node) => node.inputs.length > 0);
  const names = [...new Set(kept.map(({ name }) => name))];
  const weighted = names.filter((name) => (layersOf(graph).get(name)?.weights.length ?? 0) > 0);
  const plan = (kind: PlanKind): FreezePlan => {
    if (kind === 'backbone' || kind === 'nothing') return kind;
    if (kind === 'upTo') return { upTo: pick(names) };
    const some = names.filter(() => random() < 0.4);
    const chosen = some.length > 0 ? some : [pick(names)];
    // Some with a wildcard in place of the last character.
    const globs = chosen.map((name) => (random() < 0.3 ? `${name.slice(0, -1)}*` : name));
    return kind === 'layers' ? { layers: globs } : { allBut: [...globs, pick(weighted)] };
  };
  const adaptive = [{ name: 'adam' }, { name: 'adamw' }];
  const plain = [
    { name: 'sgd', momentum: 0 },
    { name: 'sgd', momentum: 0.9, weightDecay: 0.01 },
    { name: 'sgd', momentum: 0.9, nesterov: true },
  ];
  // A linear head starts from zero, a hidden one passes little on: what they hand down in a few steps of SGD is
  // lost in rounding.
  const handsDownLittle = kinds.head === 'linear' || kinds.head === 'hidden';
  const optimizers = handsDownLittle ? adaptive : [...adaptive, ...plain];
  const phase = (kind: PlanKind) => ({
    freeze: plan(kind),
    epochs: pick([1, 2]),
    learningRate: 0.05,
    optimizer: pick(optimizers),
    schedule: pick([{ name: 'constant' }, { name: 'cosine' }, { name: 'one-cycle', div: 2 }]),
    clipNorm: pick([0.5, 1]), // without it SGD may diverge on networks like these
    batchNorm: pick(['frozen', 'train'] as const),
    rates: random() < 0.2 ? [{ layers: pick(names), scale: 0.5 }] : [],
  });
  const others = Array.from({ length: pick([0, 0, 1, 2]) }, () => phase(pick(planKinds)));
  const recipe = parseRecipe({
    cut: cut.name,
    head:
      kinds.head === 'own'
        ? { kind: 'linear' }
        : kinds.head === 'hidden'
          ? { kind: 'hidden', units: [16], dropout: 0.2 }
          : { kind: kinds.head },
    task: answer.task,
    output: answer.output,
    phases: [phase(kinds.plan), ...others],
    validation: 0.25,
    batchSize: 4,
    seed: Math.floor(random() * 1e6),
    classWeights: answer.task === 'classify' ? pick(['none', 'balanced'] as const) : 'none',
    labelSmoothing: pick([0, 0.1]),
    inputSpec: null,
  });
  return { recipe, head: kinds.head === 'own' ? ownHead(answer) : null };
}

/** A head with everything that needs a guard: new BatchNormalization, recurrent dropout, Dropout. */
function ownHead({ units, output }: Answer): HeadBuilder {
  return (features) => {
    let x = features;
    const add = (layer: tfl.layers.Layer) => {
      x = layer.apply(x) as tfl.SymbolicTensor;
    };
    const initial = (seed: number) => tfl.initializers.glorotUniform({ seed });
    // Names of the backbone on purpose.
    add(tfl.layers.batchNormalization({ name: 'features' }));
    if (x.shape.length === 4)
      add(tfl.layers.globalMaxPooling2d({ name: 'pool', dataFormat: 'channelsLast' }));
    if (x.shape.length === 3) {
      add(
        tfl.layers.lstm({
          name: 'recurrent',
          units: 3,
          dropout: 0.2,
          recurrentDropout: 0.2,
          kernelInitializer: initial(1),
          recurrentInitializer: initial(2),
        }),
      );
    }
    add(tfl.layers.dropout({ name: 'input', rate: 0.2 }));
    add(tfl.layers.dense({ name: 'output', units, activation: output, kernelInitializer: initial(3) }));
    return x;
  };
}
