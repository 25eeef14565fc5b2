import type { EvaluateResult } from '@graft/node/results';
import type { Colors } from '../terminal.js';
import { harmless } from '../terminal-text.js';
import { columns } from './columns.js';
import { regressionText, shareText } from './score-text.js';

export function evaluationText(result: EvaluateResult, colors: Colors): string {
  if ('meanAbsoluteError' in result) return `${result.examples} examples: ${regressionText(result, colors)}`;
  const { examples, accuracy, balancedAccuracy, baselineAccuracy, loss, perClass, confusion } = result;
  const head = ['label', 'precision', 'recall', 'examples', ...(confusion ? ['answered as'] : [])];
  const rows = perClass.map(({ label, precision, recall, support }, index) => [
    harmless(label),
    shareText(precision),
    shareText(recall),
    String(support),
    ...(confusion ? [(confusion[index] ?? []).join(' ')] : []),
  ]);
  return [
    `${examples} examples: accuracy ${colors.bold(shareText(accuracy))} (always the most frequent label: ${shareText(baselineAccuracy)}), balanced ${shareText(balancedAccuracy)}, loss ${loss.toFixed(4)}`,
    columns([head.map((title) => colors.dim(title)), ...rows], ['left', 'right', 'right', 'right', 'left']),
  ].join('\n');
}
