import { cutBefore, type Recipe, type TrainingEvent } from '@graft/core';
import { checkOut, tuneFiles, tuneResult } from '@graft/node';
import { startBackend } from '../backend.js';
import type { CommandContext } from '../command-context.js';
import { exitCodes } from '../exit-codes.js';
import { openWithFlags } from '../open-model.js';
import { readRecipeFile } from '../recipe-file.js';
import { refuseContradictions } from '../recipe-flags.js';
import { tuneText } from '../render/tune-text.js';
import { type TuneFlags, wishesOf } from '../tune-flags.js';
import { version } from '../version.js';

export async function runTune(
  context: CommandContext,
  modelName: string,
  data: string,
  flags: TuneFlags,
): Promise<number> {
  const { terminal, interrupt } = context;
  const { out, overwrite, target, task, skipBad } = flags;
  await checkOut(out, { overwrite: overwrite === true });
  const fileRecipe = flags.recipe === undefined ? null : await readRecipeFile(flags.recipe);
  const backend = await startBackend(flags.backend, terminal);
  const opened = await openForTuning(modelName, flags, fileRecipe);
  const recipe = fileRecipe ?? { wishes: wishesOf(flags) };
  const record = await tuneFiles(
    { opened, data, out, overwrite, recipe, target, task, skipBad },
    {
      backend,
      version,
      signal: interrupt.signal,
      stop: interrupt.stop,
      onEvent: (event) => follow(context, event),
      onWarning: (warning) => terminal.warn(warning),
      onData: (done, total) => terminal.event({ type: 'data', done, total }),
    },
  );
  const result = tuneResult(out, record);
  terminal.result(result, (colors) => tuneText(result, colors));
  return record.interrupted ? (interrupt.exitCode ?? exitCodes.interrupted) : exitCodes.ok;
}

async function openForTuning(modelName: string, flags: TuneFlags, fileRecipe: Recipe | null) {
  const opened = await openWithFlags(modelName, flags);
  if (!fileRecipe) return opened;
  refuseContradictions(flags, fileRecipe, (remove) => cutBefore(opened.pretrained, remove));
  const inputSpec = fileRecipe.inputSpec ?? opened.pretrained.inputSpec;
  return { ...opened, pretrained: { ...opened.pretrained, inputSpec } };
}

function follow({ terminal, interrupt }: CommandContext, event: TrainingEvent): void {
  if (event.type === 'epoch') interrupt.epochFinished();
  if (event.type === 'warning') terminal.warn(event);
  else terminal.event(event);
}
