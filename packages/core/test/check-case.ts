import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { arrayDataset, indicesOf, type Target } from '../src/data/dataset.js';
import { splitDataset } from '../src/data/split.js';
import { matchesGlob } from '../src/freezing/glob.js';
import { findCutPoints } from '../src/model/cut-points.js';
import { disposeModel } from '../src/model/dispose-model.js';
import { execute } from '../src/model/execute.js';
import { withInnerLayers } from '../src/model/guards.js';
import { ancestors, type GraphNode, type LayerGraph, layersOf } from '../src/model/layer-graph.js';
import { type LoadedModel, loadPretrained, type PretrainedModel } from '../src/model/pretrained-model.js';
import { decodeWeight, type NamedWeight, weightsOf } from '../src/model/stored-weights.js';
import type { TransferModel } from '../src/model/transfer-model.js';
import { type Random, randomStream } from '../src/random.js';
import type { FreezePlan, Recipe } from '../src/recipe/recipe.js';
import { save } from '../src/saving/artifacts.js';
import { fateOf, proveFreeze } from '../src/saving/freeze-proof.js';
import {
  artifactsOf,
  MemoryHandler,
  quantized,
  type StoredAs,
  weightBytes,
} from '../src/testing/memory-model.js';
import { fineTune } from '../src/training/fine-tune.js';
import { predictValues } from '../src/training/predict.js';
import { type InputKind, inputShapes, type Part, parts, randomModel, vocabulary } from './random-model.js';
import {
  type Answer,
  answers,
  type HeadKind,
  headKinds,
  type PlanKind,
  planKinds,
  type RandomPlan,
  randomPlan,
} from './random-plan.js';

const examples = 8;
const float32 = 1e-5;

export interface CheckedCase {
  /** What is wrong, in words; empty where all holds. */
  readonly failures: readonly string[];
  readonly plan: PlanKind;
  /** Parts in the backbone that was kept. */
  readonly parts: readonly Part[];
}

/**
 * One random network, cut, headed, frozen, trained, saved and loaded again, with everything checked that must
 * hold whatever the network is. Each case is decided by its number alone.
 */
export async function checkCase(index: number): Promise<CheckedCase> {
  const random = randomStream(index, 'case');
  const plan = planKinds[index % planKinds.length] as PlanKind;
  const head = headKinds[Math.floor(index / planKinds.length) % headKinds.length] as HeadKind;
  const answer = answers[Math.floor(random() * answers.length)] as Answer;
  // Each part with each kind of plan, in turn, and others.
  const turn = Math.floor(index / planKinds.length);
  const wanted = [0, 4, 7, 12, 17, 19].map((step) => parts[(turn + step) % parts.length] as Part);

  const before = tf.memory().numTensors;
  const failures: string[] = [];
  let kept: readonly Part[] = [];
  const { source, input } = await storedModel(random, wanted, answer);
  const pretrained = await loadPretrained(new MemoryHandler(source));
  const inputs = randomInputs(random, input);
  const targets = randomTargets(random, answer);
  const chosen = randomPlan(random, pretrained, answer, { plan, head });
  const seenInTraining = trainingInputs(chosen.recipe, inputs, targets);
  const once = async (
    check: (model: TransferModel, written: MemoryHandler) => Promise<void> | void,
  ): Promise<Uint8Array> => {
    const model = await run(pretrained, chosen, inputs, targets, answer);
    const written = new MemoryHandler();
    try {
      await save(model, written);
      await check(model, written);
      return weightBytes(await written.load());
    } finally {
      model.dispose();
    }
  };
  try {
    const first = await once(async (model, written) => {
      kept = partsOf(model);
      failures.push(...checkUnchanged(pretrained));
      failures.push(...(await checkWeights(model, pretrained, chosen, seenInTraining, written)));
      failures.push(...checkFrozenPart(model, pretrained, inputs));
      failures.push(...(await checkReload(model, inputs, written)));
    });
    const second = await once(() => {});
    if (!sameValues(first, second)) failures.push('the same seed gave other bytes');
  } catch (error) {
    failures.push(String(error));
  } finally {
    pretrained.dispose();
    tf.dispose(inputs);
  }
  const leaked = tf.memory().numTensors - before;
  if (leaked !== 0) failures.push(`${leaked} tensors leaked`);
  return { failures: failures.map((failure) => `case ${index}: ${failure}`), plan, parts: kept };
}

async function storedModel(random: Random, wanted: readonly Part[], { units, output }: Answer) {
  const { model, input } = randomModel(random, wanted, { units, activation: output });
  const forms: StoredAs[] = ['float32', 'float16', 'uint8'];
  const source = quantized(
    await artifactsOf(model),
    () => forms[Math.floor(random() * forms.length)] as StoredAs,
  );
  disposeModel(model);
  return { source, input };
}

function randomInputs(random: Random, kind: InputKind): tf.Tensor[] {
  const shape = [...inputShapes[kind]];
  const value = kind === 'words' ? () => Math.floor(random() * vocabulary) : () => 2 * random() - 1;
  return Array.from({ length: examples }, () =>
    tf.tensor(Float32Array.from({ length: tf.util.sizeFromShape(shape) }, value), shape),
  );
}

function randomTargets(random: Random, { task, units, labels }: Answer): Target[] {
  return Array.from({ length: examples }, (_, index) => {
    if (task === 'regress') return 5 + 10 * random();
    if (task === 'multi-label') return Array.from({ length: units }, () => Math.round(random()));
    // Uneven, so that no batch in turn has a gradient of zero by symmetry.
    return (index % (labels.length + 1)) % labels.length;
  });
}

function trainingInputs(
  { validation, seed, task }: Recipe,
  inputs: tf.Tensor[],
  targets: Target[],
): tf.Tensor[] {
  const { train } = splitDataset(
    { ...arrayDataset(inputs, targets), input: (index) => inputs[index] as tf.Tensor },
    { share: validation, seed, task },
  );
  return indicesOf(train).map((index) => train.input(index) as tf.Tensor);
}

async function run(
  pretrained: PretrainedModel,
  { recipe, head }: RandomPlan,
  inputs: tf.Tensor[],
  targets: Target[],
  { task, labels }: Answer,
): Promise<TransferModel> {
  const data = { task, labels, train: arrayDataset(inputs, targets), validation: null };
  const { model } = await fineTune({ pretrained, data, recipe, ...(head ? { head } : {}) });
  return model;
}

/** The pretrained model still holds what its file says. */
function checkUnchanged({ graph, stored }: PretrainedModel): string[] {
  return weightsOf(graph).flatMap(({ name, layer, index, weight }) => {
    const inFile = stored.get(layer)?.[index];
    if (!inFile) return [`${name} has no stored form`];
    const tensor = decodeWeight(inFile);
    const same = sameValues(tensor.dataSync(), weight.read().dataSync());
    tensor.dispose();
    return same ? [] : [`${name} of the pretrained model changed`];
  });
}

/** Exactly the frozen weights stay, hash for hash; the others move, but for those that change no answer. */
async function checkWeights(
  model: TransferModel,
  pretrained: PretrainedModel,
  { recipe }: RandomPlan,
  seen: tf.Tensor[],
  written: MemoryHandler,
): Promise<string[]> {
  const frozen = expectedFrozen(model, pretrained.graph, recipe);
  const proof = await proveFreeze(model, await written.load());
  const byName = new Map(weightsOf(model.graph).map((named) => [named.name, named]));
  return proof.flatMap((entry) => {
    const fate = fateOf(entry);
    const moved = entry.before !== entry.after;
    if (frozen.has(entry.name))
      return moved
        ? [`frozen ${entry.name} moved`]
        : fate === 'identical'
          ? []
          : [`frozen ${entry.name} counts as ${fate}`];
    if (moved) return fate === 'trained' ? [] : [`free ${entry.name} counts as ${fate}`];
    const dead = isDead(model, byName.get(entry.name) as NamedWeight, seen);
    return dead ? [] : [`free ${entry.name} did not move`];
  });
}

/** What the recipe means by "frozen", said a second time: weights that no phase lets move. */
function expectedFrozen(model: TransferModel, source: LayerGraph, recipe: Recipe): Set<string> {
  const original = [...layersOf(source).keys()].filter((name) => model.pretrainedLayers.has(name));
  const order = source.nodes.map(({ name }) => name);
  const backbone = new Set(
    ancestors(source, findCutPoints(source).find(({ name }) => name === recipe.cut)?.edge as number).map(
      ({ name }) => name,
    ),
  );
  const keeps = (plan: FreezePlan, layer: string): boolean => {
    if (plan === 'nothing') return false;
    if (plan === 'backbone') return backbone.has(layer);
    if ('upTo' in plan) return order.indexOf(layer) <= order.lastIndexOf(plan.upTo);
    const globs = 'layers' in plan ? plan.layers : plan.allBut;
    return globs.some((glob) => matchesGlob(layer, glob)) === 'layers' in plan;
  };
  return new Set(
    weightsOf(model.graph).flatMap(({ name, layer }) => {
      if (!original.includes(layer)) return [];
      const statistic = /moving_(mean|variance)$/.test(name);
      const fixed = recipe.phases.every(
        ({ freeze, batchNorm }) => keeps(freeze, layer) || (statistic && batchNorm === 'frozen'),
      );
      return fixed ? [name] : [];
    }),
  );
}

/**
 * Whether the answers to what was seen in training stay the same when the weight is shaken a little, with
 * BatchNormalization by its statistics or by batch: an offset before a normalisation by batch has no effect.
 */
function isDead(model: TransferModel, { weight }: NamedWeight, seen: tf.Tensor[]): boolean {
  return tf.tidy(() => {
    const values = weight.read().clone();
    const statistics = weightsOf(model.graph).map(
      (named) => [named.weight, named.weight.read().clone()] as const,
    );
    const answersOf = () =>
      (['frozen', 'train'] as const).map((batchNorm) => {
        model.mode.batchNorm = batchNorm;
        const byBatch = ({ layer }: GraphNode) =>
          batchNorm === 'train' && layer.getClassName() === 'BatchNormalization';
        return outputAt(model, model.graph.outputs[0] as number, seen, byBatch);
      });
    const before = answersOf();
    weight.write(tf.add(values, tf.randomUniform(values.shape, -1e-3, 1e-3, 'float32', 1)));
    const after = answersOf();
    for (const [each, value] of statistics) each.write(value);
    const noise = 1e-5 * Math.max(1, ...before.flatMap((answer) => Array.from(answer, Math.abs)));
    return before.some((answer, index) => largestDifference(answer, after[index] as Float32Array) < noise);
  });
}

/** The last cut point below which no weight was ever free answers bit for bit as in the pretrained model. */
function checkFrozenPart(model: TransferModel, pretrained: PretrainedModel, inputs: tf.Tensor[]): string[] {
  const free = new Set(
    weightsOf(model.graph).flatMap(({ name, layer }) => (model.everTrainable.has(name) ? [layer] : [])),
  );
  const line = findCutPoints(model.graph).findLast(
    ({ name, edge }) =>
      model.pretrainedLayers.has(name) && !ancestors(model.graph, edge).some((node) => free.has(node.name)),
  );
  if (!line) return [];
  const original = findCutPoints(pretrained.graph).find(({ name }) => name === line.name);
  if (!original) return [`"${line.name}" is no cut point of the pretrained model`];
  const now = outputAt(model, line.edge, inputs);
  const then = outputAt(pretrained, original.edge, inputs);
  return sameValues(now, then) ? [] : [`the frozen part up to "${line.name}" answers differently`];
}

function outputAt(
  { graph }: LoadedModel,
  edge: number,
  inputs: tf.Tensor[],
  training: (node: GraphNode) => boolean = () => false,
): Float32Array {
  return tf.tidy(() => {
    const feeds = new Map([[graph.inputs[0] as number, tf.stack(inputs)]]);
    return execute(ancestors(graph, edge), feeds, edge, training).dataSync<'float32'>();
  });
}

/** What was saved answers as the model did, loaded by us and by TensorFlow.js alone. */
async function checkReload(
  model: TransferModel,
  inputs: tf.Tensor[],
  written: MemoryHandler,
): Promise<string[]> {
  const examples = { size: inputs.length, input: (index: number) => (inputs[index] as tf.Tensor).clone() };
  const expected = await predictValues(model, examples, { batchSize: inputs.length });
  const ours = await loadPretrained(written);
  const plain = await tfl.loadLayersModel(written);
  try {
    const largest = Math.max(1, ...expected.map(Math.abs));
    const reloaded = await predictValues(ours, examples, { batchSize: inputs.length });
    const alone = tf.tidy(() => (plain.predict(tf.stack(inputs)) as tf.Tensor).dataSync<'float32'>());
    return [
      ...(largestDifference(expected, reloaded) > float32 * largest
        ? ['our own reload predicts differently']
        : []),
      ...(largestDifference(expected, alone) > float32 * largest
        ? ['plain TensorFlow.js predicts differently']
        : []),
    ];
  } finally {
    ours.dispose();
    disposeModel(plain);
  }
}

/** The parts that the backbone of a model has, by classes and by how the layers are put together. */
function partsOf({ graph, pretrainedLayers }: TransferModel): Part[] {
  const nodes = graph.nodes.filter(({ name }) => pretrainedLayers.has(name));
  const layers = new Map(nodes.map(({ name, layer }) => [name, layer]));
  const names = [...layers.keys()];
  const all = [...layers.values()].flatMap(withInnerLayers);
  const classes = new Set(all.map((layer) => layer.getClassName()));
  const normWithout = (key: string) =>
    all.some((layer) => layer.getClassName() === 'BatchNormalization' && layer.getConfig()[key] === false);
  const sameInner = (name: string) =>
    names.some(
      (other) => other !== name && name.includes('/') && other.endsWith(name.slice(name.lastIndexOf('/'))),
    );
  const has: Partial<Record<Part, boolean>> = {
    'BatchNormalization without scale': normWithout('scale'),
    'BatchNormalization without center': normWithout('center'),
    'nested model': names.some((name) => name.includes('/')),
    'nested models with the same inner names': names.some(sameInner),
    'Sequential in Sequential': names.some((name) => name.split('/').length > 2),
    'shared layer': new Set(nodes.map(({ layer }) => layer)).size < nodes.length,
    skip: classes.has('Add'),
    concatenation: classes.has('Concatenate'),
  };
  return parts.filter((part) => has[part] ?? classes.has(part));
}

function sameValues(a: ArrayLike<number>, b: ArrayLike<number>): boolean {
  return a.length === b.length && Array.from(a).every((value, index) => Object.is(value, b[index]));
}

function largestDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length) return Number.POSITIVE_INFINITY;
  return Array.from(a).reduce((most, value, index) => {
    const difference = Math.abs(value - (b[index] as number));
    return Number.isNaN(difference) ? Number.POSITIVE_INFINITY : Math.max(most, difference);
  }, 0);
}
