import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encodePng, modelDirectory } from '@graft/node';
import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import '@tensorflow/tfjs-backend-cpu';

/** Models and data that all test files share; tests only read them. Made once, by `setup` (see vitest.config.ts). */
export const shared: string = process.env.GRAFT_TEST_FIXTURES ?? mkdtempSync(join(tmpdir(), 'graft-cli-'));

export const spec = {
  width: 16,
  height: 16,
  channels: 3,
  range: [0, 1],
  colorOrder: 'rgb',
  resize: 'stretch',
  mean: 0,
  std: 1,
} as const;

/** Pale or dark, with noise that differs by seed: easy to learn. */
async function picture(seed: number, dark: boolean): Promise<Uint8Array> {
  const data = Uint8Array.from({ length: 16 * 16 * 3 }, (_, i) => {
    const noise = ((i * 7919 + seed * 104_729) % 101) / 101;
    return Math.round((dark ? 20 : 160) + noise * 80);
  });
  return encodePng({ width: 16, height: 16, data });
}

export async function writePictures(
  folder: string,
  labels: Readonly<Record<string, number>>,
  count: number,
): Promise<void> {
  for (const [label, seed] of Object.entries(labels)) {
    mkdirSync(join(folder, label), { recursive: true });
    for (let i = 0; i < count; i++)
      writeFileSync(join(folder, label, `${i}.png`), await picture(seed * 1000 + i, seed % 2 === 1));
  }
}

/** A small convolutional classifier of three labels, with fixed weights. */
export async function writeImageModel(folder: string, metadata: object | null): Promise<void> {
  const init = (seed: number) => tfl.initializers.glorotUniform({ seed });
  const model = tfl.sequential({
    name: 'tiny',
    layers: [
      tfl.layers.conv2d({
        name: 'conv',
        inputShape: [16, 16, 3],
        filters: 4,
        kernelSize: 3,
        strides: 2,
        activation: 'relu',
        kernelInitializer: init(1),
      }),
      tfl.layers.batchNormalization({ name: 'norm' }),
      tfl.layers.conv2d({
        name: 'conv_2',
        filters: 8,
        kernelSize: 3,
        strides: 2,
        activation: 'relu',
        kernelInitializer: init(2),
      }),
      tfl.layers.globalAveragePooling2d({ name: 'pool' }),
      tfl.layers.dense({ name: 'old_head', units: 3, activation: 'softmax', kernelInitializer: init(3) }),
    ],
  });
  await writeModel(model, folder, metadata);
}

/** A small network on four numbers. */
export async function writeTableModel(folder: string): Promise<void> {
  const init = (seed: number) => tfl.initializers.glorotUniform({ seed });
  const model = tfl.sequential({
    name: 'numbers',
    layers: [
      tfl.layers.dense({
        name: 'hidden',
        inputShape: [4],
        units: 16,
        activation: 'tanh',
        kernelInitializer: init(4),
      }),
      tfl.layers.dense({ name: 'answer', units: 1, kernelInitializer: init(5) }),
    ],
  });
  await writeModel(model, folder, null);
}

async function writeModel(model: tfl.LayersModel, folder: string, metadata: object | null): Promise<void> {
  mkdirSync(folder, { recursive: true });
  await model.save({
    save: (artifacts) =>
      modelDirectory(folder).save({
        ...artifacts,
        ...(metadata ? { userDefinedMetadata: { graft: metadata } } : {}),
      }),
  });
  model.dispose();
}

/** y = 3 a - 2 b + 1, a label by its sign, two flags. */
export function table(rows: number): string {
  const lines = Array.from({ length: rows }, (_, i) => {
    const [a, b, c, d] = [7, 11, 13, 17].map((prime) => ((i * prime) % 29) / 29 - 0.5) as [
      number,
      number,
      number,
      number,
    ];
    const y = 3 * a - 2 * b + 1;
    return [a, b, c, d, y, y > 1 ? 'high' : 'low', Number(a > 0), Number(b > 0)].join(',');
  });
  return `${['a,b,c,d,y,side,up,left', ...lines].join('\n')}\n`;
}

/** Columns of a table text, by name. */
export function columnsOf(text: string, names: readonly string[]): string {
  const rows = text
    .trim()
    .split('\n')
    .map((line) => line.split(','));
  const kept = names.map((name) => (rows[0] as string[]).indexOf(name));
  return `${rows.map((cells) => kept.map((index) => cells[index]).join(',')).join('\n')}\n`;
}

export async function setup(): Promise<() => void> {
  process.env.GRAFT_TEST_FIXTURES = shared; // for the processes that run the tests
  await tf.setBackend('cpu');
  await writeImageModel(join(shared, 'tiny'), {
    name: 'tiny',
    inputSpec: spec,
    labels: ['a', 'b', 'c'],
    task: 'classify',
  });
  await writeImageModel(join(shared, 'unknown'), null);
  await writeImageModel(join(shared, 'teachable'), null);
  const metadata = { packageName: '@teachablemachine/image', labels: ['x', 'y', 'z'], imageSize: 16 };
  writeFileSync(join(shared, 'teachable', 'metadata.json'), JSON.stringify(metadata));
  await writeTableModel(join(shared, 'numbers'));
  await writePictures(join(shared, 'photos'), { day: 2, night: 1 }, 10);
  await writePictures(join(shared, 'one-label'), { day: 2 }, 3);
  await writePictures(join(shared, 'bad-photos'), { day: 2, night: 1 }, 3);
  writeFileSync(join(shared, 'bad-photos', 'day', 'broken.png'), (await picture(1, false)).subarray(0, 200));
  mkdirSync(join(shared, 'empty'));
  const text = table(60);
  writeFileSync(join(shared, 'houses.csv'), columnsOf(text, ['a', 'b', 'c', 'd', 'y']));
  writeFileSync(join(shared, 'sides.csv'), columnsOf(text, ['a', 'b', 'c', 'd', 'side']));
  writeFileSync(join(shared, 'flags.csv'), columnsOf(text, ['a', 'b', 'c', 'd', 'up', 'left']));
  return () => rmSync(shared, { recursive: true, force: true });
}
