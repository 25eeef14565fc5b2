import { type InputSpec, pixelsToInput } from '@graft/core';
import { decodeImage } from '@graft/node';
import { rgbPng } from './png.js';

const side = 96; // pixels

const spec: InputSpec = {
  width: side,
  height: side,
  channels: 3,
  range: [0, 255],
  colorOrder: 'rgb',
  resize: 'crop',
  mean: 0,
  std: 1,
};

/** A picture as a small square PNG in a data URL: a page that shows it needs no other file. */
export async function thumbnailUrl(file: string): Promise<string> {
  const pixels = pixelsToInput(await decodeImage(file), spec);
  return `data:image/png;base64,${rgbPng(side, side, pixels).toString('base64')}`;
}
