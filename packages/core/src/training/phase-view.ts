import { type Dataset, type Target, targetsOf, withTargets } from '../data/dataset.js';
import type { Split } from '../data/split.js';
import type { FreezeLine } from '../freezing/freeze-line.js';
import type { GraphNode } from '../model/layer-graph.js';
import type { TransferModel } from '../model/transfer-model.js';
import { type FeatureDataset, featureDataset } from './features.js';
import { type ForwardOptions, forward } from './forward.js';
import {
  type DenseWeights,
  featureScaling,
  foldInputs,
  foldOutputs,
  standardizeRows,
  targetScaling,
  unfoldInputs,
  unfoldOutputs,
} from './standardize.js';

/** Features of a frozen part that is the same in the next phase need not be computed again. */
export interface FeatureCache {
  edge: number | null;
  train: FeatureDataset | null;
  validation: FeatureDataset | null;
}

/** What one phase trains on: the data as the trainable part sees it. */
export interface PhaseView extends Split {
  /** Of the validation examples, in their own units. */
  readonly targets: readonly Target[];
  /** Turns outputs of the model as it trains into the units of the targets. */
  answers(outputs: Float32Array): Float32Array;
  /** One unit of loss in the phase is so many squared units of the targets; 1 where nothing is rescaled. */
  readonly lossUnit: number;
  readonly line: FreezeLine;
  /** The frozen part where its output was too large to keep: runs before each step, outside the tape. */
  readonly prefix: readonly GraphNode[];
  /** The edge by which examples of `train` and `validation` enter. */
  readonly from: number;
  readonly shape: readonly (number | null)[];
  /** Rewrites weights so that they answer to data as it really is; `unfold` is the way back. */
  fold(): void;
  unfold(): void;
}

export interface PhaseViewOptions extends Omit<ForwardOptions, 'onProgress'> {
  readonly cache: FeatureCache;
  /** Features of more bytes than this are computed anew for each step. */
  readonly cacheBytes: number;
  readonly onProgress?: (done: number, total: number) => void;
}

/**
 * Looks at the model from its freeze line: runs the frozen part once over the data, and standardises what enters
 * and leaves the trainable part where linear layers there can take the scaling back.
 */
export async function phaseView(
  model: TransferModel,
  line: FreezeLine,
  data: Split,
  options: PhaseViewOptions,
): Promise<PhaseView> {
  const input = model.graph.inputs[0] as number;
  const inputShape = (model.model.inputs[0]?.shape ?? []).slice(1);
  const examples = data.train.size + (data.validation?.size ?? 0);
  const bytes =
    examples * line.shape.reduce<number>((product, n) => product * (n ?? Number.POSITIVE_INFINITY), 4);
  const cached = line.name !== null && bytes <= options.cacheBytes;
  const features = cached ? await cachedFeatures(line, input, inputShape, data, options) : null;
  const seen = features ?? data;

  const rescaled = standardizedTargets(model, line, seen);
  const scalings = [features && standardizedFeatures(model, line, features), rescaled];
  const used = scalings.filter((scaling) => scaling !== null);
  const view = used.reduce<Split>((split, scaling) => scaling.apply(split), seen);
  return {
    ...view,
    targets: data.validation ? targetsOf(data.validation) : [],
    answers: (outputs) => (rescaled ? rescaled.answers(outputs) : outputs),
    lossUnit: rescaled?.lossUnit ?? 1,
    line,
    prefix: cached ? [] : line.frozen,
    from: cached ? line.edge : input,
    shape: cached ? line.shape : inputShape,
    fold: () => {
      for (const scaling of used) scaling.fold();
    },
    unfold: () => {
      for (const scaling of used.toReversed()) scaling.unfold();
    },
  };
}

type Features = { train: FeatureDataset; validation: FeatureDataset | null };

async function cachedFeatures(
  line: FreezeLine,
  input: number,
  shape: readonly (number | null)[],
  data: Split,
  { cache, ...options }: PhaseViewOptions,
): Promise<Features> {
  if (cache.edge === line.edge && cache.train) return { train: cache.train, validation: cache.validation };
  const total = data.train.size + (data.validation?.size ?? 0);
  const compute = async (dataset: Dataset, before: number) => {
    const onProgress = (done: number) => options.onProgress?.(before + done, total);
    const passage = { nodes: line.frozen, from: input, to: line.edge, shape };
    return featureDataset(await forward(passage, dataset, { ...options, onProgress }), dataset);
  };
  const train = await compute(data.train, 0);
  const validation = data.validation && (await compute(data.validation, data.train.size));
  Object.assign(cache, { edge: line.edge, train, validation });
  return { train, validation };
}

/** A change of units that the phase sees, and how weights take it back. */
interface Rescaling {
  apply(split: Split): Split;
  fold(): void;
  unfold(): void;
}

/** Where all features enter one Dense layer that trains. */
function standardizedFeatures(
  model: TransferModel,
  line: FreezeLine,
  { train, validation }: Features,
): Rescaling | null {
  const readers = line.trainable.filter((node) => node.inputs.includes(line.edge));
  const dense = readers.length === 1 && line.shape.length === 1 ? denseWeights(model, readers[0]) : null;
  if (!dense) return null;
  const scaling = featureScaling(train.rows, train.rows.values.length / train.size);
  return {
    apply: () => ({
      train: featureDataset(standardizeRows(train.rows, scaling), train),
      validation: validation && featureDataset(standardizeRows(validation.rows, scaling), validation),
    }),
    fold: () => foldInputs(dense, scaling),
    unfold: () => unfoldInputs(dense, scaling),
  };
}

/** A change of the targets' units, which the outputs and the loss follow. */
interface TargetRescaling extends Rescaling, Pick<PhaseView, 'answers' | 'lossUnit'> {}

/** Where a regression ends in one linear Dense layer that trains. */
function standardizedTargets(
  model: TransferModel,
  line: FreezeLine,
  { train }: Split,
): TargetRescaling | null {
  if (model.task !== 'regress') return null;
  const last = line.trainable.find((node) => node.outputs.includes(model.graph.outputs[0] as number));
  const linear = last?.layer.getConfig().activation === 'linear';
  const dense = linear ? denseWeights(model, last) : null;
  if (!dense) return null;
  const scaling = targetScaling(targetsOf(train) as number[]);
  const [mean, scale] = [scaling.mean[0] as number, scaling.scale[0] as number];
  const rescaled = (dataset: Dataset) =>
    withTargets(dataset, (target) => ((target as number) - mean) / scale);
  return {
    answers: (outputs) => outputs.map((output) => output * scale + mean),
    lossUnit: scale ** 2,
    apply: ({ train: t, validation: v }) => ({ train: rescaled(t), validation: v && rescaled(v) }),
    fold: () => foldOutputs(dense, scaling),
    unfold: () => unfoldOutputs(dense, scaling),
  };
}

/** The weights of a Dense layer that may be rewritten: it trains, has a bias, and is used nowhere else. */
function denseWeights(
  { graph, frozenLayers }: TransferModel,
  node: GraphNode | undefined,
): DenseWeights | null {
  const [kernel, bias] = node?.layer.weights ?? [];
  if (node?.layer.getClassName() !== 'Dense' || !kernel || !bias || frozenLayers.has(node.name)) return null;
  const uses = graph.nodes.filter(({ layer }) => layer === node.layer).length;
  return uses === 1 ? { kernel, bias } : null;
}
