import { stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { GraftError } from '@graft/core';
import { builtInModels, isFile } from './built-in-models.js';
import { recoverRun } from './recover-run.js';

/** Where a model is, and what kind of place that is. */
export interface FoundModel {
  /** The built-in name, or the name of the directory. */
  readonly name: string;
  readonly kind: 'built-in' | 'model' | 'run';
  /** The directory, or the path of the model.json that was named. */
  readonly path: string;
}

/**
 * Finds a model by built-in name, by directory, or by the path of a model.json. A built-in name wins over a
 * directory of that name, which `./NAME` reaches. A directory with a run.json is a run; one that a kill left half
 * replaced is repaired first.
 *
 * @throws GraftError `model/unknown`, `model/not-found`, `model/no-model-json`
 *
 * @example
 * const { path } = await findModel('squeezenet');
 */
export async function findModel(nameOrPath: string): Promise<FoundModel> {
  const models = await builtInModels();
  const builtIn = models.find(({ name }) => name === nameOrPath);
  if (builtIn) return { name: builtIn.name, kind: 'built-in', path: builtIn.path };

  const path = resolve(nameOrPath);
  await recoverRun(path.endsWith('.json') ? dirname(path) : path);
  const found = await stat(path).catch(() => null);
  if (!found)
    throw notThere(
      nameOrPath,
      models.map(({ name }) => name),
    );
  const directory = found.isDirectory() ? path : dirname(path);
  if (found.isDirectory() && !(await isFile(join(path, 'model.json')))) {
    throw new GraftError(
      'model/no-model-json',
      `Expected a model.json in "${nameOrPath}". Received a directory without one.`,
      {
        details: { path: nameOrPath },
      },
    );
  }
  const kind = (await isFile(join(directory, 'run.json'))) ? 'run' : 'model';
  return { name: basename(directory), kind, path: kind === 'run' ? directory : path };
}

function notThere(wish: string, builtIn: readonly string[]): GraftError {
  const names = builtIn.join(', ');
  if (/[/\\]|\.json$/.test(wish) || wish.startsWith('.')) {
    return new GraftError(
      'model/not-found',
      `Expected a model directory or a model.json. Received "${wish}", which is not there.`,
      {
        hint: `Check the path, or take a built-in model: ${names}.`,
        details: { path: wish, builtIn },
      },
    );
  }
  return new GraftError(
    'model/unknown',
    `Expected a built-in model (${names}), a model directory or a model.json. Received "${wish}".`,
    {
      hint: 'Check the spelling; a directory needs a slash, such as ./NAME.',
      details: { name: wish, builtIn },
    },
  );
}
