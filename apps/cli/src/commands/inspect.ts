import { useBackend } from '@graft/core';
import { inspectResult, openModel } from '@graft/node';
import { candidates } from '../backend.js';
import type { CommandContext } from '../command-context.js';
import { exitCodes } from '../exit-codes.js';
import { inspectText } from '../render/inspect-text.js';

export async function runInspect({ terminal }: CommandContext, model: string): Promise<number> {
  await useBackend(candidates.filter(({ name }) => name === 'cpu')); // nothing is computed: the one that starts at once
  const { pretrained } = await openModel(model);
  const result = inspectResult(pretrained);
  terminal.result(result, (colors) => inspectText(result, colors));
  return exitCodes.ok;
}
