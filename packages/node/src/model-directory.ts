import { realpath, stat, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { GraftError } from '@graft/core';
import { io } from '@tensorflow/tfjs-core';
import { findConfined, readConfinedJson, readExactly } from './confined-files.js';
import { parseModelJson, writeModelJson } from './model-json.js';
import { systemCode, systemReason, writeError } from './system-errors.js';
import { declaredBytes, type WeightGroup } from './weights-manifest.js';

const WEIGHTS_FILE = 'weights.bin';

/**
 * A LayersModel on disk as an IOHandler over a closed set of bytes: model.json, and plain file names that its
 * manifest lists and that are regular files in the same directory. Sizes are checked before anything is allocated;
 * declared and present bytes must be equal.
 *
 * `save` writes model.json and weights.bin, quantised weights as they are given, into a directory that is there and
 * has no model yet.
 *
 * @param path the directory, or the path of its model.json
 * @throws GraftError by `load` `model/*`; by `save` `usage/out-not-empty`, `resource/disk-full`, `model/bad-weights`
 *
 * @example
 * const pretrained = await loadPretrained(modelDirectory('models/mobilenet'));
 */
export function modelDirectory(path: string): Required<Pick<io.IOHandler, 'load' | 'save'>> {
  return { load: () => loadModel(path), save: (artifacts) => saveModel(path, artifacts) };
}

/**
 * The metadata.json that some tools (Teachable Machine) put beside model.json, as it is.
 *
 * @returns null where there is none
 * @throws GraftError `model/bad-json`, `model/bad-path`
 *
 * @example
 * const metadata = await readModelMetadata('my-model');
 */
export async function readModelMetadata(path: string): Promise<unknown> {
  const { directory } = await locate(path);
  const there = await stat(join(directory, 'metadata.json')).catch(() => null);
  return there ? readConfinedJson(directory, 'metadata.json') : null;
}

async function loadModel(path: string): Promise<io.ModelArtifacts> {
  const { directory, file } = await locate(path);
  const { groups, ...model } = parseModelJson(await readConfinedJson(directory, file), file);
  return {
    ...model,
    weightSpecs: groups.flatMap(({ weights }) => weights),
    weightData: await readWeights(directory, groups),
  };
}

async function readWeights(directory: string, groups: readonly WeightGroup[]): Promise<ArrayBuffer> {
  const total = declaredBytes(groups.flatMap(({ weights }) => weights));
  const shards: { readonly file: Awaited<ReturnType<typeof findConfined>>; readonly start: number }[] = [];
  let start = 0;
  for (const { paths, weights } of groups) {
    const declared = start + declaredBytes(weights);
    for (const path of paths) {
      const file = await findConfined(directory, path);
      shards.push({ file, start });
      start += file.size;
    }
    if (start !== declared) {
      throw new GraftError(
        'model/bad-weights',
        `Expected ${paths.join(', ')} to hold the bytes that the manifest declares. Received ${Math.abs(start - declared)} ${start > declared ? 'more' : 'fewer'}.`,
        {
          hint: 'A weight file may be cut off or belong to another model: fetch or export the model again.',
          details: { paths, difference: start - declared },
        },
      );
    }
  }
  const bytes = new Uint8Array(total);
  for (const { file, start: from } of shards) await readExactly(file, bytes.subarray(from, from + file.size));
  return bytes.buffer;
}

async function saveModel(path: string, artifacts: io.ModelArtifacts): Promise<io.SaveResult> {
  const weights = artifacts.weightSpecs ?? [];
  const parts = [artifacts.weightData ?? []].flat();
  const declared = declaredBytes(weights);
  const present = parts.reduce((sum, { byteLength }) => sum + byteLength, 0);
  if (declared !== present) {
    throw new GraftError('model/bad-weights', `Expected ${declared} bytes of weights. Received ${present}.`);
  }
  const json = writeModelJson(artifacts, WEIGHTS_FILE);
  try {
    await writeFile(
      join(path, WEIGHTS_FILE),
      parts.map((part) => new Uint8Array(part)),
      { flag: 'wx' },
    );
    await writeFile(join(path, 'model.json'), json, { flag: 'wx' });
  } catch (error) {
    throw saveError(error, path);
  }
  return { modelArtifactsInfo: io.getModelArtifactsInfoForJSON(artifacts) };
}

function saveError(error: unknown, path: string): unknown {
  if (systemCode(error) === 'EEXIST') {
    return new GraftError(
      'usage/out-not-empty',
      `Expected a directory without a model. Received "${path}".`,
      {
        details: { out: path },
        cause: error,
      },
    );
  }
  return writeError(error, path);
}

/** The real directory, in which every file must lie, and the name of the model.json. */
async function locate(path: string): Promise<{ directory: string; file: string }> {
  try {
    const isDirectory = (await stat(path)).isDirectory();
    return {
      directory: await realpath(isDirectory ? path : dirname(path)),
      file: isDirectory ? 'model.json' : basename(path),
    };
  } catch (error) {
    throw new GraftError(
      systemCode(error) === 'ENOENT' ? 'model/not-found' : 'model/unreadable',
      `Expected a model directory or its model.json. Received "${path}": ${systemReason(error)}.`,
      { details: { path }, cause: error },
    );
  }
}
