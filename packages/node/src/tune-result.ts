import { countFates, type RunRecord } from '@graft/core';
import type { TuneResult } from './results.js';

/** A saved run in short, as `graft tune --json` prints it and a job over HTTP answers it. */
export function tuneResult(out: string, record: RunRecord): TuneResult {
  return {
    out,
    backend: record.backend,
    classes: record.labels,
    examples: record.examples,
    cut: record.recipe.cut,
    parameters: record.parameters,
    freeze: countFates(record.weights),
    phases: record.phases.map(({ curve: _, ...phase }) => phase),
    validation: validationOf(record),
    seconds: { ...record.seconds, total: performance.now() / 1000 }, // performance counts from the start of the process
    peakMemoryMB: process.resourceUsage().maxRSS / 1024, // maxRSS is in KB
    weightsHash: record.weightsHash,
    interrupted: record.interrupted,
    warnings: record.warnings,
  };
}

function validationOf({ validation }: RunRecord): TuneResult['validation'] {
  if (!validation) return null;
  if (validation.task === 'regress') {
    const { meanAbsoluteError, rootMeanSquaredError, r2, baselineMeanAbsoluteError } = validation;
    return { meanAbsoluteError, rootMeanSquaredError, r2, baselineMeanAbsoluteError };
  }
  const { accuracy, balancedAccuracy, loss, baselineAccuracy } = validation;
  return { accuracy, balancedAccuracy, loss, baselineAccuracy };
}
