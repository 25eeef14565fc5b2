import { type OpenedModel, openModel } from '@graft/node';
import { type InputFlags, specWithFlags } from './input-spec.js';

/**
 * Opens a model or a run and takes the flags' word on its input.
 *
 * @throws GraftError `model/*`; `usage/input-spec*` for flags that do not fit
 */
export async function openWithFlags(nameOrPath: string, flags: InputFlags): Promise<OpenedModel> {
  const opened = await openModel(nameOrPath);
  const { pretrained } = opened;
  return { ...opened, pretrained: { ...pretrained, inputSpec: specWithFlags(pretrained, flags) } };
}
