import { inspect, useBackend } from '@graft/core';
import { candidates } from '../backend.js';
import type { CommandContext } from '../command-context.js';
import { exitCodes } from '../exit-codes.js';
import type { InspectResult } from '../json-schemas.js';
import { openModel } from '../open-model.js';
import { inspectText } from '../render/inspect-text.js';

export async function runInspect({ terminal }: CommandContext, model: string): Promise<number> {
  await useBackend(candidates.filter(({ name }) => name === 'cpu')); // nothing is computed: the one that starts at once
  const { pretrained } = await openModel(model);
  const { name, parameters, layers, cutPoints, inputSpec, outputShape } = inspect(pretrained);
  const result: InspectResult = {
    name,
    parameters,
    layers: layers.map(({ name, className, outputShape, parameters, multiplyAdds, cutPoint }) => ({
      name,
      className,
      outputShape: [...outputShape],
      parameters,
      multiplyAdds,
      cutPoint,
    })),
    cutPoints: [...cutPoints],
    inputSpec,
    outputShape: [...outputShape],
  };
  terminal.result(result, (colors) => inspectText(result, colors));
  return exitCodes.ok;
}
