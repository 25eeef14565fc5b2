import { expect, test } from 'vitest';
import { layerBlocks } from './layer-blocks.js';
import { mobilenetLayers, squeezenetLayers, weightProofs } from './testing/sample-records.js';

const names = (blocks: readonly { readonly name: string }[]) => blocks.map(({ name }) => name);

test('groups fire modules, and keeps the new head apart', () => {
  const { frozen, trainable } = layerBlocks(weightProofs(squeezenetLayers, 2));
  expect(names(frozen)).toEqual([
    'conv1',
    'fire2',
    'fire3',
    'fire4',
    'fire5',
    'fire6',
    'fire7',
    'fire8',
    'fire9',
  ]);
  expect(frozen[1]?.layers).toEqual(['fire2_squeeze1x1', 'fire2_expand1x1', 'fire2_expand3x3']);
  expect(trainable).toEqual([
    { name: 'head_logits', layers: ['head_logits'], fates: ['trained', 'trained'], isNew: true },
  ]);
});

test('groups by the number of a block where the first words tell nothing', () => {
  const { frozen } = layerBlocks(weightProofs(mobilenetLayers, 2));
  expect(names(frozen).slice(0, 3)).toEqual(['conv1…', 'conv_2', 'conv_3']);
  expect(frozen).toHaveLength(13);
  expect(frozen.flatMap(({ fates }) => fates)).toHaveLength(135);
});

test('the freeze line lies before the first layer with a free weight', () => {
  const free = /^fire([89])_|^fire3_expand3x3/;
  const { frozen, trainable } = layerBlocks(
    weightProofs(squeezenetLayers, 2, (weight) => !free.test(weight)),
  );
  expect(frozen.at(-1)?.layers).toEqual(['fire3_expand1x1']);
  expect(trainable.flatMap(({ layers }) => layers)).toHaveLength(25 + 1 - 6);
});

test('many layers with names that tell nothing are joined evenly, in order', () => {
  const layers = Array.from({ length: 250 }, (_, index): [string, { kernel: number[] }] => [
    `x${'y'.repeat(index)}`,
    { kernel: [1] },
  ]);
  const { frozen } = layerBlocks(weightProofs(layers, 2));
  expect(frozen).toHaveLength(20);
  expect(frozen.flatMap((block) => block.layers)).toEqual(layers.map(([name]) => name));
  expect(new Set(names(frozen)).size).toBe(20);
});

test('uses the layer of the source, which the weight name need not repeat', () => {
  const weights = weightProofs([['lstm', { 'lstm_cell/kernel': [1], 'lstm_cell/bias': [1] }]], 2);
  expect(layerBlocks(weights).frozen).toMatchObject([{ name: 'lstm', isNew: false }]);
});
