import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { beforeAll, describe, expect, test } from 'vitest';
import { dense, denseModel } from '../testing/tiny-models.js';
import { prepareBackend } from '../tfjs/prepare-backend.js';
import { cutPointNamed, findCutPoints } from './cut-points.js';
import { readLayerGraph } from './layer-graph.js';

type Symbol_ = tfl.SymbolicTensor;

const input = (name: string, width = 4) => tfl.input({ shape: [width], name });
const to = (x: Symbol_ | Symbol_[], layer: tfl.layers.Layer) => layer.apply(x) as Symbol_;
const add = (name: string, ...x: Symbol_[]) => to(x, tfl.layers.add({ name }));
const namesOf = (model: tfl.LayersModel) => findCutPoints(readLayerGraph(model)).map(({ name }) => name);

beforeAll(async () => {
  await tf.setBackend('cpu');
  prepareBackend('cpu');
});

describe('findCutPoints', () => {
  test('a chain can be cut after each layer', () => {
    expect(namesOf(denseModel())).toEqual(['first', 'second', 'output']);
  });

  test('not inside a branch, and not where a skip passes', () => {
    const x = input('x');
    const stem = to(x, dense('stem', 4));
    const left = to(to(stem, dense('left_1', 4)), dense('left_2', 4));
    const joined = add('join', left, to(stem, dense('right', 4)));
    const skip = add('skip', joined, to(joined, dense('block', 4)));
    expect(namesOf(tfl.model({ inputs: x, outputs: to(skip, dense('output', 2)) }))).toEqual([
      'stem',
      'join',
      'skip',
      'output',
    ]);
  });

  test('not where the input itself goes around', () => {
    const x = input('x');
    const around = add('around', to(x, dense('a', 4)), x);
    expect(namesOf(tfl.model({ inputs: x, outputs: around }))).toEqual(['around']);
  });

  test('a dead end beside the way to the output does not count', () => {
    const x = input('x');
    const a = to(x, dense('a', 4));
    const model = tfl.model({ inputs: x, outputs: [to(a, dense('main', 2)), to(a, dense('aside', 2))] });
    expect(namesOf(model)).toEqual(['a', 'main', 'aside']);
  });

  test('with two inputs: before they meet, on each side', () => {
    const [x, y] = [input('x'), input('y')];
    const joined = add('join', to(x, dense('left', 4)), to(y, dense('right', 4)));
    expect(namesOf(tfl.model({ inputs: [x, y], outputs: to(joined, dense('output', 2)) }))).toEqual([
      'left',
      'right',
    ]);
  });

  test('a shared layer is one cut point, at its first use', () => {
    const x = input('x');
    const shared = dense('shared', 4);
    const model = tfl.model({ inputs: x, outputs: to(to(to(x, shared), dense('between', 4)), shared) });
    expect(namesOf(model)).toEqual(['shared', 'between']);
  });

  test('a shared layer in two branches is none', () => {
    const x = input('x');
    const stem = to(x, dense('stem', 4));
    const shared = dense('shared', 4);
    const model = tfl.model({
      inputs: x,
      outputs: add('join', to(stem, shared), to(to(stem, dense('a', 4)), shared)),
    });
    expect(namesOf(model)).toEqual(['stem', 'join']);
  });

  test('inside nested models, under the names that inspect prints', () => {
    const x = input('x');
    const inner = input('inner_x');
    const nested = tfl.model({
      inputs: inner,
      outputs: to(to(inner, dense('a', 4)), dense('b', 4)),
      name: 'nested',
    });
    const model = tfl.model({ inputs: x, outputs: to(to(x, nested), dense('output', 2)) });
    expect(namesOf(model)).toEqual(['nested/a', 'nested/b', 'output']);
  });

  test('a layer with several outputs is none', () => {
    const x = tfl.input({ shape: [3, 2], name: 'x' });
    const [sequence, state] = tfl.layers
      .gru({ name: 'gru', units: 4, returnState: true })
      .apply(x) as Symbol_[];
    const model = tfl.model({ inputs: x, outputs: add('join', sequence as Symbol_, state as Symbol_) });
    expect(namesOf(model)).toEqual(['join']);
  });
});

describe('cutPointNamed', () => {
  const graphOf = () => {
    const x = input('x');
    const stem = to(x, dense('stem', 4));
    const join = add('join', to(stem, dense('left', 4)), to(stem, dense('right', 4)));
    return readLayerGraph(tfl.model({ inputs: x, outputs: to(join, dense('output', 2)) }));
  };

  test('a layer that another path bypasses: the nearest cut points before and after', () => {
    const graph = graphOf();
    expect(() => cutPointNamed(graph, findCutPoints(graph), 'right')).toThrow(
      expect.objectContaining({
        code: 'usage/not-a-cut-point',
        hint: 'Try "stem" or "join".',
        details: { layer: 'right', before: 'stem', after: 'join' },
      }),
    );
  });

  test('an input layer keeps nothing', () => {
    const graph = graphOf();
    expect(() => cutPointNamed(graph, findCutPoints(graph), 'x')).toThrow(
      expect.objectContaining({
        code: 'usage/not-a-cut-point',
        details: { layer: 'x', before: null, after: 'stem' },
      }),
    );
  });

  test('a name that is not there: names like it', () => {
    const graph = graphOf();
    expect(() => cutPointNamed(graph, findCutPoints(graph), 'rigth')).toThrow(
      expect.objectContaining({
        code: 'usage/unknown-layer',
        details: { layer: 'rigth', similar: expect.arrayContaining(['right']) },
      }),
    );
  });
});
