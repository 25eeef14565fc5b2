import {
  cutBefore,
  fineTune,
  type PretrainedModel,
  type Recipe,
  resolveRecipe,
  type TrainingEvent,
} from '@graft/core';
import { checkOut, type FileData, readData, saveRun } from '@graft/node';
import { startBackend } from '../backend.js';
import type { CommandContext } from '../command-context.js';
import { exitCodes } from '../exit-codes.js';
import { openModel } from '../open-model.js';
import { readRecipeFile } from '../recipe-file.js';
import { refuseContradictions } from '../recipe-flags.js';
import { tuneText } from '../render/tune-text.js';
import { reportPictures } from '../report-pictures.js';
import { refuseOwnSource, sourceFacts } from '../source-facts.js';
import { timed } from '../timed.js';
import { type TuneFlags, wishesOf } from '../tune-flags.js';
import { tuneResult } from '../tune-result.js';

export async function runTune(
  context: CommandContext,
  modelName: string,
  dataPath: string,
  flags: TuneFlags,
): Promise<number> {
  const { terminal, interrupt } = context;
  const overwrite = flags.overwrite === true;
  await checkOut(flags.out, { overwrite });
  const fileRecipe = flags.recipe === undefined ? null : await readRecipeFile(flags.recipe);
  const backend = await startBackend(flags.backend, terminal);
  const { found, pretrained } = await openForTuning(modelName, flags, fileRecipe);
  await refuseOwnSource(flags.out, found);

  const reading = await timed(readTrainingData(context, dataPath, pretrained, flags, fileRecipe));
  const data = reading.value;
  for (const warning of data.warnings) terminal.warn(warning);
  const recipe = fileRecipe ?? resolveRecipe(pretrained, data, wishesOf(flags));
  const { model, report } = await fineTune(
    { pretrained, data, recipe },
    { signal: interrupt.signal, stop: interrupt.stop, onEvent: (event) => follow(context, event) },
  );
  const pictures = await timed(reportPictures(data, model, report));
  const seconds = { ...report.seconds, data: report.seconds.data + reading.seconds + pictures.seconds };
  const record = await saveRun(
    flags.out,
    model,
    { ...report, seconds },
    {
      ...(await sourceFacts(flags.out, found, backend)),
      overwrite,
      pictures: pictures.value,
      signal: interrupt.signal,
      targetColumns: flags.target ?? null,
      warnings: [...data.warnings],
    },
  );
  for (const warning of record.warnings.slice(data.warnings.length)) terminal.warn(warning);
  const result = tuneResult(flags.out, record);
  terminal.result(result, (colors) => tuneText(result, colors));
  return record.interrupted ? (interrupt.exitCode ?? exitCodes.interrupted) : exitCodes.ok;
}

async function openForTuning(modelName: string, flags: TuneFlags, fileRecipe: Recipe | null) {
  const opened = await openModel(modelName, flags);
  if (!fileRecipe) return opened;
  refuseContradictions(flags, fileRecipe, (remove) => cutBefore(opened.pretrained, remove));
  const inputSpec = fileRecipe.inputSpec ?? opened.pretrained.inputSpec;
  return { ...opened, pretrained: { ...opened.pretrained, inputSpec } };
}

function readTrainingData(
  { terminal, interrupt }: CommandContext,
  path: string,
  { model, inputSpec }: PretrainedModel,
  flags: TuneFlags,
  fileRecipe: Recipe | null,
): Promise<FileData> {
  return readData(path, {
    inputShape: (model.inputs[0]?.shape ?? []).slice(1),
    inputSpec,
    target: flags.target,
    task: flags.task ?? fileRecipe?.task,
    skipBad: flags.skipBad,
    signal: interrupt.signal,
    onProgress: (done, total) => terminal.event({ type: 'data', done, total }),
  });
}

function follow({ terminal, interrupt }: CommandContext, event: TrainingEvent): void {
  if (event.type === 'epoch') interrupt.epochFinished();
  if (event.type === 'warning') terminal.warn(event);
  else terminal.event(event);
}
