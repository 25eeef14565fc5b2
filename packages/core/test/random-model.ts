import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { type Random, shuffled } from '../src/random.js';

type Symbol_ = tfl.SymbolicTensor;
type Layer = tfl.layers.Layer;

/** What a random network takes in: pictures, sequences of vectors, sequences of words, or vectors. */
export type InputKind = 'image' | 'sequence' | 'words' | 'vector';

export const inputShapes: Readonly<Record<InputKind, readonly number[]>> = {
  image: [4, 4, 2],
  sequence: [4, 3],
  words: [4],
  vector: [5],
};
export const vocabulary = 6;

/** The parts that a network may be made of. Each needs features of one rank: 2 vector, 3 sequence, 4 picture. */
export const parts = [
  'Dense',
  'Conv2D',
  'DepthwiseConv2D',
  'SeparableConv2D',
  'Conv1D',
  'BatchNormalization',
  'BatchNormalization without scale',
  'BatchNormalization without center',
  'LayerNormalization',
  'Dropout',
  'LSTM',
  'GRU',
  'Bidirectional',
  'TimeDistributed',
  'Embedding',
  'nested model',
  'nested models with the same inner names',
  'Sequential in Sequential',
  'shared layer',
  'skip',
  'concatenation',
] as const;
export type Part = (typeof parts)[number];

/** Builds layers of a random network; every layer gets a name of its own, the same for the same seed. */
class Builder {
  readonly random: Random;
  #count = 0;

  constructor(random: Random) {
    this.random = random;
  }

  name(kind: string): string {
    return `${kind}_${++this.#count}`;
  }

  chance(share: number): boolean {
    return this.random() < share;
  }

  pick<T>(items: readonly T[]): T {
    return items[Math.floor(this.random() * items.length)] as T;
  }

  /** A dropout rate for recurrent cells, mostly none. */
  rate(): number {
    return this.chance(0.3) ? 0.3 : 0;
  }
}

const channelsOf = (x: Symbol_): number => x.shape[x.shape.length - 1] as number;
const through = (x: Symbol_, ...layers: Layer[]): Symbol_ =>
  layers.reduce((y, layer) => layer.apply(y) as Symbol_, x);

/** One weighted layer that keeps rank and channels, for parts that are about how layers are put together. */
function weighted(b: Builder, x: Symbol_, name: string): Layer {
  const channels = channelsOf(x);
  const activation = 'tanh';
  if (x.shape.length === 4) {
    return tfl.layers.conv2d({
      name,
      filters: channels,
      kernelSize: b.pick([1, 2, 3]),
      padding: 'same',
      activation,
    });
  }
  if (x.shape.length === 2) return tfl.layers.dense({ name, units: channels, activation });
  const recurrent = { name, units: channels, returnSequences: true };
  return b.pick([
    () => tfl.layers.lstm(recurrent),
    () => tfl.layers.gru(recurrent),
    () => tfl.layers.conv1d({ name, filters: channels, kernelSize: 2, padding: 'same', activation }),
  ])();
}

function norm(b: Builder, name: string, more: { scale?: boolean; center?: boolean } = {}): Layer {
  return tfl.layers.batchNormalization({ name, momentum: b.pick([0.5, 0.9]), ...more });
}

function nested(b: Builder, x: Symbol_, name: string, inner: readonly string[]): tfl.LayersModel {
  const [first = 'a', second = 'b'] = inner;
  const input = tfl.input({ shape: x.shape.slice(1), name: `${name}_input` });
  const output = through(
    input,
    weighted(b, x, first),
    norm(b, second),
    tfl.layers.dropout({ name: `${second}_drop`, rate: 0.2 }),
  );
  return tfl.model({ inputs: input, outputs: output, name });
}

function addPart(b: Builder, x: Symbol_, part: Part): Symbol_ {
  const name = b.name(part.toLowerCase().split(' ')[0] as string);
  const channels = channelsOf(x);
  switch (part) {
    case 'Dense':
      return through(x, tfl.layers.dense({ name, units: b.pick([3, 4]), activation: 'tanh' }));
    case 'Conv2D': {
      const padding = (x.shape[1] as number) > 3 ? b.pick(['same', 'valid'] as const) : 'same';
      return through(
        x,
        tfl.layers.conv2d({ name, filters: 3, kernelSize: b.pick([2, 3]), padding, useBias: b.chance(0.5) }),
      );
    }
    case 'DepthwiseConv2D':
      return through(
        x,
        tfl.layers.depthwiseConv2d({
          name,
          kernelSize: 3,
          depthMultiplier: channels < 4 ? b.pick([1, 2]) : 1,
          padding: 'same',
        }),
      );
    case 'SeparableConv2D':
      return through(
        x,
        tfl.layers.separableConv2d({
          name,
          filters: 3,
          kernelSize: 2,
          padding: 'same',
          activation: 'sigmoid',
        }),
      );
    case 'Conv1D':
      return through(
        x,
        tfl.layers.conv1d({ name, filters: 3, kernelSize: 2, padding: 'same', activation: 'tanh' }),
      );
    case 'BatchNormalization':
      return through(x, norm(b, name));
    case 'BatchNormalization without scale':
      return through(x, norm(b, name, { scale: false }));
    case 'BatchNormalization without center':
      return through(x, norm(b, name, { center: false }));
    case 'LayerNormalization':
      return through(x, tfl.layers.layerNormalization({ name }));
    case 'Dropout':
      return through(
        x,
        b.chance(0.8)
          ? tfl.layers.dropout({ name, rate: 0.3 })
          : tfl.layers.gaussianNoise({ name, stddev: 0.2 }),
      );
    case 'LSTM':
    case 'GRU': {
      const options = {
        name,
        units: 3,
        returnSequences: true,
        dropout: b.rate(),
        recurrentDropout: b.rate(),
      };
      return through(x, part === 'LSTM' ? tfl.layers.lstm(options) : tfl.layers.gru(options));
    }
    case 'Bidirectional': {
      const options = { name: `${name}_inner`, units: 2, returnSequences: true, recurrentDropout: b.rate() };
      const layer = b.chance(0.5) ? tfl.layers.lstm(options) : tfl.layers.gru(options);
      return through(x, tfl.layers.bidirectional({ name, layer: layer as tfl.RNN, mergeMode: 'concat' }));
    }
    case 'TimeDistributed': {
      const inner = { name: `${name}_inner` };
      const layer = b.chance(0.7)
        ? tfl.layers.dense({ ...inner, units: 3, activation: 'tanh' })
        : norm(b, inner.name);
      return through(x, tfl.layers.timeDistributed({ name, layer }));
    }
    case 'nested model': {
      const model = nested(b, x, name, [b.name('inner'), b.name('inner')]);
      return b.chance(0.3) ? through(x, model, model) : through(x, model);
    }
    case 'nested models with the same inner names':
      return through(
        x,
        nested(b, x, `${name}_a`, ['first', 'second']),
        nested(b, x, `${name}_b`, ['first', 'second']),
      );
    case 'Sequential in Sequential': {
      const inputShape = x.shape.slice(1) as number[];
      const start = (layer: string) =>
        tfl.layers.activation({ name: layer, activation: 'linear', inputShape });
      const inner = tfl.sequential({
        name: 'inside',
        layers: [start('inner_start'), weighted(b, x, 'deep')],
      });
      return through(x, tfl.sequential({ name, layers: [start('start'), inner, norm(b, 'norm')] }));
    }
    case 'shared layer': {
      const layer = weighted(b, x, name);
      return through(x, layer, tfl.layers.layerNormalization({ name: `${name}_between` }), layer);
    }
    case 'skip':
      return tfl.layers.add({ name }).apply([x, through(x, weighted(b, x, `${name}_path`))]) as Symbol_;
    case 'concatenation': {
      const left = through(x, weighted(b, x, `${name}_left`));
      const right = through(x, weighted(b, x, `${name}_right`), norm(b, `${name}_norm`));
      return tfl.layers.concatenate({ name }).apply([left, right]) as Symbol_;
    }
    case 'Embedding':
      throw new Error('An embedding comes right after the input.');
  }
}

/** The ranks that a part's input may have. */
function ranksOf(part: Part): readonly number[] {
  if (part === 'Conv2D' || part === 'DepthwiseConv2D' || part === 'SeparableConv2D') return [4];
  if (
    part === 'Conv1D' ||
    part === 'LSTM' ||
    part === 'GRU' ||
    part === 'Bidirectional' ||
    part === 'TimeDistributed'
  )
    return [3];
  if (part === 'Dense') return [2, 3];
  return [2, 3, 4];
}

export interface RandomModel {
  readonly model: tfl.LayersModel;
  readonly input: InputKind;
}

/**
 * A small random network with random weights, statistics included.
 *
 * @param wanted parts that must be in it
 * @param output its own last layer
 */
export function randomModel(
  random: Random,
  wanted: readonly Part[],
  output: { readonly units: number; readonly activation: 'softmax' | 'sigmoid' | 'linear' },
): RandomModel {
  const b = new Builder(random);
  const others = parts.filter((part) => part !== 'Embedding');
  const onlyPictures = (part: Part) => ranksOf(part).every((rank) => rank === 4);
  const onlySequences = (part: Part) => ranksOf(part).every((rank) => rank === 3);
  const chosen = [...wanted, b.pick(others)].filter((part) => part !== 'Embedding');
  const words = wanted.includes('Embedding');
  const pictures = chosen.some(onlyPictures);
  const sequences = chosen.some(onlySequences);
  const kinds: InputKind[] = sequences ? ['image', 'sequence'] : ['image', 'sequence', 'vector'];
  const input = words ? 'words' : pictures ? 'image' : b.pick(kinds);

  const inputs = tfl.input({ shape: [...inputShapes[input]], name: 'input' });
  let x = words ? embedded(b, inputs, pictures) : inputs;
  const ranks = sequences ? [x.shape.length, 3, 2] : [x.shape.length, 2];
  const placed = chosen.map((part) => ({
    part,
    rank: b.pick(ranksOf(part).filter((rank) => ranks.includes(rank))),
  }));
  for (const { part, rank } of shuffled(placed, random).sort((a, z) => z.rank - a.rank)) {
    x = addPart(b, toRank(b, x, rank), part);
  }
  const last = tfl.layers.dense({ name: 'output', ...output });
  x = through(toRank(b, x, 2), tfl.layers.dense({ name: 'features', units: 4, activation: 'tanh' }), last);
  const model = tfl.model({ inputs, outputs: x, name: 'random' });
  randomizeWeights(model, random);
  return { model, input };
}

/** Words as vectors: a sequence, or laid out as a picture. */
function embedded(b: Builder, words: Symbol_, asPicture: boolean): Symbol_ {
  const sequence = through(
    words,
    tfl.layers.embedding({ name: b.name('embedding'), inputDim: vocabulary, outputDim: 3 }),
  );
  return asPicture
    ? through(sequence, tfl.layers.reshape({ name: b.name('picture'), targetShape: [2, 2, 3] }))
    : sequence;
}

/** Pictures become sequences, sequences vectors. */
function toRank(b: Builder, x: Symbol_, rank: number): Symbol_ {
  const now = x.shape.length;
  if (now <= rank) return x;
  const name = b.name('bridge');
  if (now === 4 && rank === 3) {
    const pooled = through(x, tfl.layers.maxPooling2d({ name: b.name('pool'), poolSize: 2 }));
    const [, height, width, channels] = pooled.shape as [null, number, number, number];
    return through(pooled, tfl.layers.reshape({ name, targetShape: [height * width, channels] }));
  }
  const pool =
    now === 4
      ? tfl.layers.globalAveragePooling2d({ name, dataFormat: 'channelsLast' })
      : tfl.layers.globalAveragePooling1d({ name });
  if (now === 4 || b.chance(0.5)) return through(x, b.chance(0.5) ? pool : tfl.layers.flatten({ name }));
  return through(x, b.chance(0.5) ? tfl.layers.lstm({ name, units: 3 }) : tfl.layers.gru({ name, units: 3 }));
}

function randomizeWeights(model: tfl.LayersModel, random: Random): void {
  for (const weight of model.weights) {
    const shape = weight.shape as number[];
    const positive = /(gamma|moving_variance)$/.test(weight.originalName);
    const values = Float32Array.from({ length: tf.util.sizeFromShape(shape) }, () =>
      positive ? 0.5 + random() : 1.4 * random() - 0.7,
    );
    tf.tidy(() => void weight.write(tf.tensor(values, shape)));
  }
}
