import { predictAll, predictValues } from '@graft/core';
import { readInputs } from '@graft/node';
import type { PredictResult } from '@graft/node/results';
import { startBackend } from '../backend.js';
import type { BackendChoice } from '../backend-choice.js';
import type { CommandContext } from '../command-context.js';
import { exitCodes } from '../exit-codes.js';
import type { InputFlags } from '../input-spec.js';
import { openWithFlags } from '../open-model.js';
import { predictionText } from '../render/prediction-text.js';

export interface PredictFlags extends InputFlags {
  readonly backend: BackendChoice;
  readonly top: number;
}

export async function runPredict(
  { terminal, interrupt }: CommandContext,
  model: string,
  paths: readonly string[],
  flags: PredictFlags,
): Promise<number> {
  const { signal } = interrupt;
  await startBackend(flags.backend, terminal);
  const { pretrained, record } = await openWithFlags(model, flags);
  const inputs = await readInputs(paths, {
    inputShape: (pretrained.model.inputs[0]?.shape ?? []).slice(1),
    inputSpec: pretrained.inputSpec,
    ignoreColumns: record?.targetColumns ?? undefined,
    signal,
    onProgress: (done, total) => terminal.event({ type: 'data', done, total }),
  });
  const options = {
    signal,
    onProgress: (done: number, total: number) => terminal.event({ type: 'predict', done, total }),
  };
  const placed = <T>(answers: readonly T[]) =>
    answers.map((answer, index) => ({ file: inputs.file(index), row: inputs.row(index), ...answer }));
  const result: PredictResult =
    pretrained.task === 'regress'
      ? placed((await predictValues(pretrained, inputs, options)).map((value) => ({ value })))
      : placed(
          (await predictAll(pretrained, inputs, { ...options, top: flags.top })).map((predictions) => ({
            predictions,
          })),
        );
  terminal.result(result, (colors) => predictionText(result, colors));
  return exitCodes.ok;
}
