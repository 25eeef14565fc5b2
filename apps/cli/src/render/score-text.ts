import type { Colors } from '../terminal.js';

/** 0.9833 as `98.3 %`; a dash where there is none. */
export const shareText = (share: number | null): string =>
  share === null ? '-' : `${(share * 100).toFixed(1)} %`;

export const numberText = (value: number): string => String(Number(value.toPrecision(5)));

interface RegressionScore {
  readonly meanAbsoluteError: number;
  readonly rootMeanSquaredError: number;
  readonly r2: number | null;
  readonly baselineMeanAbsoluteError: number;
}

export function regressionText(score: RegressionScore, colors: Colors): string {
  const { meanAbsoluteError, rootMeanSquaredError, r2, baselineMeanAbsoluteError } = score;
  const error = colors.bold(numberText(meanAbsoluteError));
  return `mean error ${error} (always the mean: ${numberText(baselineMeanAbsoluteError)}), root mean square ${numberText(rootMeanSquaredError)}, r2 ${r2 === null ? '-' : r2.toFixed(3)}`;
}
