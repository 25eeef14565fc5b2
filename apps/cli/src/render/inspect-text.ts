import type { InspectResult } from '@graft/node/results';
import type { Colors } from '../terminal.js';
import { harmless } from '../terminal-text.js';
import { columns } from './columns.js';

export function inspectText(
  { name, parameters, layers, cutPoints, inputSpec, outputShape }: InspectResult,
  colors: Colors,
): string {
  const head = ['layer', 'class', 'output', 'parameters', 'multiply-adds', 'cut'].map((title) =>
    colors.dim(title),
  );
  const rows = layers.map((layer) => [
    harmless(layer.name),
    harmless(layer.className),
    shapeText(layer.outputShape),
    layer.parameters ? layer.parameters.toLocaleString('en') : '',
    layer.multiplyAdds ? layer.multiplyAdds.toLocaleString('en') : '',
    layer.cutPoint ? colors.green('yes') : '',
  ]);
  return [
    columns([head, ...rows], ['left', 'left', 'left', 'right', 'right', 'left']),
    '',
    `${colors.bold(harmless(name))}: ${parameters.toLocaleString('en')} parameters, ${layers.length} layers, ${cutPoints.length} cut points, output ${shapeText(outputShape)}`,
    `input: ${inputText(inputSpec)}`,
  ].join('\n');
}

const shapeText = (shape: readonly (number | null)[]) => shape.map((n) => n ?? '?').join(' x ');

function inputText(spec: InspectResult['inputSpec']): string {
  if (!spec) return 'the model does not say what it takes';
  const { width, height, channels, range, colorOrder, resize, mean, std } = spec;
  const order = channels === 3 ? colorOrder : 'grey';
  return `${width} x ${height} ${order}, black ${range[0]} to white ${range[1]}, minus ${mean}, divided by ${std}, ${resize === 'crop' ? 'cropped' : 'stretched'} to size`;
}
