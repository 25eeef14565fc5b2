import {
  fineTune,
  type InputSpec,
  type Recipe,
  type RecipeWishes,
  type RunRecord,
  resolveRecipe,
  type Task,
  type TrainingEvent,
  type Warning,
} from '@graft/core';
import type { OpenedModel } from './open-model.js';
import { readData } from './read-data.js';
import { reportPictures } from './report-pictures.js';
import { saveRun } from './save-run.js';
import { refuseOwnSource, sourceFacts } from './source-facts.js';
import { timed } from './timed.js';

export interface TuneRequest {
  readonly opened: OpenedModel;
  /** Wins over the model's own. */
  readonly inputSpec?: InputSpec | null;
  /** A folder of labelled folders, or a CSV table. */
  readonly data: string;
  /** The run's directory. */
  readonly out: string;
  readonly overwrite?: boolean | undefined;
  /** A whole recipe, or what is wished where the defaults do not please. */
  readonly recipe: Recipe | { readonly wishes: RecipeWishes };
  readonly target?: readonly string[] | undefined;
  readonly task?: Task | undefined;
  readonly skipBad?: boolean | undefined;
}

export interface TuneSurroundings {
  /** Of the active backend. */
  readonly backend: string;
  /** Of the program that runs, for the run record. */
  readonly version: string;
  /** Drops everything. */
  readonly signal?: AbortSignal;
  /** Ends the training and keeps the best epoch. */
  readonly stop?: AbortSignal;
  readonly onEvent?: (event: TrainingEvent) => void;
  readonly onWarning?: (warning: Warning) => void;
  /** While files are listed, hashed and decoded for the first time. */
  readonly onData?: (done: number, total: number) => void;
}

/**
 * The whole job between files and a saved run: reads the data, fine-tunes, proves the freeze, writes the run.
 *
 * @returns the record as it was written; `interrupted` tells whether `stop` ended it
 * @throws GraftError `data/*`, `recipe/*`, `usage/*`, `proof/*`, `resource/*`: then nothing is written
 *
 * @example
 * const opened = await openModel('squeezenet');
 * const record = await tuneFiles(
 *   { opened, data: 'photos', out: 'runs/trucks', recipe: { wishes: { epochs: 10 } } },
 *   { backend: 'wasm', version: '1.0.0' },
 * );
 */
export async function tuneFiles(request: TuneRequest, surroundings: TuneSurroundings): Promise<RunRecord> {
  const { opened, out, overwrite = false } = request;
  const { signal, stop, onEvent, onWarning } = surroundings;
  const inputSpec = request.inputSpec === undefined ? opened.pretrained.inputSpec : request.inputSpec;
  const pretrained = { ...opened.pretrained, inputSpec };
  await refuseOwnSource(out, opened.found);

  const { value: data, seconds: reading } = await timed(trainingData(request, inputSpec, surroundings));
  for (const warning of data.warnings) onWarning?.(warning);
  const recipe =
    'wishes' in request.recipe ? resolveRecipe(pretrained, data, request.recipe.wishes) : request.recipe;
  const { model, report } = await fineTune(
    { pretrained, data, recipe },
    { ...(signal && { signal }), ...(stop && { stop }), ...(onEvent && { onEvent }) },
  );
  const pictures = await timed(reportPictures(data, model, report));
  const seconds = { ...report.seconds, data: report.seconds.data + reading + pictures.seconds };
  const record = await saveRun(
    out,
    model,
    { ...report, seconds },
    {
      ...(await sourceFacts(out, opened.found, surroundings)),
      overwrite,
      pictures: pictures.value,
      ...(signal && { signal }),
      targetColumns: request.target ? [...request.target] : null,
      warnings: [...data.warnings],
    },
  );
  for (const warning of record.warnings.slice(data.warnings.length)) onWarning?.(warning);
  return record;
}

function trainingData(
  { opened, data, recipe, target, task, skipBad }: TuneRequest,
  inputSpec: InputSpec | null,
  { signal, onData }: TuneSurroundings,
) {
  return readData(data, {
    inputShape: (opened.pretrained.model.inputs[0]?.shape ?? []).slice(1),
    inputSpec,
    target,
    task: task ?? ('wishes' in recipe ? undefined : recipe.task),
    skipBad,
    ...(signal && { signal }),
    ...(onData && { onProgress: onData }),
  });
}
