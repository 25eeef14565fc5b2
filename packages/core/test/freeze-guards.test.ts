import * as tf from '@tensorflow/tfjs-core';
import { afterEach, beforeAll, expect, test, vi } from 'vitest';
import '@tensorflow/tfjs-backend-cpu';
import { prepareBackend } from '../src/tfjs/prepare-backend.js';

/*
 * The fuzz must find it when a guard is missing: here each guard in turn is replaced by what TensorFlow.js does
 * without it, and the same cases are run again.
 */

type Guards = typeof import('../src/model/guards.js');
type Transfer = typeof import('../src/model/transfer-model.js');
type Execute = typeof import('../src/model/execute.js');

/** The first thing of this kind that the fuzz says about its first cases; null: nothing. */
async function firstFailure(kind: RegExp, cases = 40): Promise<string | null> {
  vi.resetModules();
  // The kernels stay corrected; a second correction on top would be wrong.
  vi.doMock('../src/tfjs/prepare-backend.js', () => ({ prepareBackend: () => {} }));
  const { checkCase } = await import('./check-case.js');
  for (let index = 0; index < cases; index++) {
    const { failures } = await checkCase(index);
    const found = failures.find((failure) => kind.test(failure));
    if (found !== undefined) return found;
  }
  return null;
}

beforeAll(async () => {
  await tf.setBackend('cpu');
  prepareBackend('cpu');
});

afterEach(() => {
  for (const path of ['model/guards', 'model/transfer-model', 'model/execute', 'tfjs/prepare-backend'])
    vi.doUnmock(`../src/${path}.js`);
});

/** Replaces what `guardLayer` put on single layers, and on all inside them. */
function undoGuard(undo: (layer: Record<string, unknown>, className: string) => void): void {
  vi.doMock('../src/model/guards.js', async (original) => {
    const guards = await original<Guards>();
    const guardLayer: Guards['guardLayer'] = (layer, ...rest) => {
      guards.guardLayer(layer, ...rest);
      for (const inner of guards.withInnerLayers(layer))
        undo(inner as unknown as Record<string, unknown>, inner.getClassName());
    };
    return { ...guards, guardLayer };
  });
}

/** Lets weights move that a freeze plan froze. */
function alsoMoves(loose: (layer: string, className: string) => boolean): void {
  vi.doMock('../src/model/transfer-model.js', async (original) => {
    const transfer = await original<Transfer>();
    const canMove: Transfer['canMove'] = (model, named) => {
      const className =
        model.graph.nodes.find(({ name }) => name === named.layer)?.layer.getClassName() ?? '';
      return (
        transfer.canMove(model, named) || (loose(named.layer, className) && !transfer.isStatistic(named))
      );
    };
    return { ...transfer, canMove };
  });
}

test('with every guard in place the fuzz finds nothing', async () => {
  expect(await firstFailure(/./, 8)).toBeNull();
}, 120_000);

test('without the BatchNormalization guard: statistics move', async () => {
  undoGuard((layer, className) => {
    if (className === 'BatchNormalization') delete layer.call;
  });
  expect(await firstFailure(/frozen .*moving_(mean|variance) moved/)).not.toBeNull();
}, 120_000);

test('with one training flag for all layers, as in fit: frozen layers draw random masks', async () => {
  vi.doMock('../src/model/execute.js', async (original) => {
    const { execute } = await original<Execute>();
    const one: Execute['execute'] = (nodes, feeds, fetch, training) =>
      execute(nodes, feeds, fetch, () => nodes.some(training));
    return { execute: one };
  });
  undoGuard((layer, className) => {
    if (className === 'BatchNormalization') delete layer.call;
  });
  expect(await firstFailure(/moving_(mean|variance) moved/)).not.toBeNull();
}, 120_000);

test('without the recurrent guard: weights of frozen LSTM, GRU and Bidirectional move', async () => {
  alsoMoves((_, className) => ['LSTM', 'GRU', 'Bidirectional'].includes(className));
  expect(await firstFailure(/frozen .*recurrent_kernel moved/)).not.toBeNull();
}, 120_000);

test('without seeded masks in recurrent cells: the same seed gives other bytes', async () => {
  undoGuard((layer) => {
    delete layer.dropoutFunc;
  });
  expect(await firstFailure(/the same seed gave other bytes/)).not.toBeNull();
}, 120_000);

test('without opened nested models: frozen layers inside move', async () => {
  alsoMoves((layer) => layer.includes('/'));
  expect(await firstFailure(/frozen .*(nested|sequential).* moved/)).not.toBeNull();
}, 120_000);
