import { describeProof } from '@graft/core';
import type { TuneResult } from '@graft/node/results';
import type { Colors } from '../terminal.js';
import { harmless } from '../terminal-text.js';
import { regressionText, shareText } from './score-text.js';

export function tuneText(result: TuneResult, colors: Colors): string {
  const {
    out,
    backend,
    classes,
    examples,
    cut,
    parameters,
    freeze,
    phases,
    seconds,
    peakMemoryMB,
    interrupted,
  } = result;
  const learned = classes ? `${classes.length} labels (${some(classes)})` : 'a number';
  const epochs = phases
    .map(({ epochs, bestEpoch }) => `${epochs} epochs, the best was ${bestEpoch}`)
    .join('; ');
  const count = (n: number) => n.toLocaleString('en');
  return [
    `learned ${learned} from ${examples.train} examples, checked on ${examples.validation}`,
    `kept everything up to ${harmless(cut)}; ${count(parameters.trainable)} of ${count(parameters.total)} parameters trained, ${epochs}${interrupted ? ' (interrupted)' : ''}`,
    validationText(result, colors),
    `freeze: ${colors.green(describeProof(freeze))}`,
    `${time(seconds.total)} on ${backend}: data ${time(seconds.data)}, features ${time(seconds.features)}, training ${time(seconds.train)}; ${peakMemoryMB.toFixed(0)} MB`,
    `wrote ${colors.bold(harmless(out))} (report.html shows it)`,
  ].join('\n');
}

function validationText({ validation }: TuneResult, colors: Colors): string {
  if (!validation) return 'nothing was held out to check on';
  if ('meanAbsoluteError' in validation) return regressionText(validation, colors);
  const { accuracy, balancedAccuracy, baselineAccuracy } = validation;
  return `accuracy ${colors.bold(shareText(accuracy))} (always the most frequent label: ${shareText(baselineAccuracy)}), balanced ${shareText(balancedAccuracy)}`;
}

const time = (seconds: number) => `${seconds.toFixed(1)} s`;

function some(labels: readonly string[]): string {
  const shown = labels.slice(0, 10).map(harmless).join(', ');
  return labels.length > 10 ? `${shown} and ${labels.length - 10} more` : shown;
}
