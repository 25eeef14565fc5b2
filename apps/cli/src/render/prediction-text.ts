import type { PredictResult } from '@graft/node/results';
import type { Colors } from '../terminal.js';
import { harmless } from '../terminal-text.js';
import { numberText, shareText } from './score-text.js';

/** One line an input: where it is from, then the labels, the most probable first. */
export function predictionText(result: PredictResult, colors: Colors): string {
  return result
    .map((entry) => {
      const place = harmless(entry.row === null ? entry.file : `${entry.file}:${entry.row}`);
      if ('value' in entry) return `${place}  ${colors.bold(numberText(entry.value))}`;
      const [best, ...others] = entry.predictions.map(
        ({ label, probability }) => `${harmless(label)} ${shareText(probability)}`,
      );
      return [`${place}  ${colors.bold(best ?? '')}`, ...others].join('  ');
    })
    .join('\n');
}
