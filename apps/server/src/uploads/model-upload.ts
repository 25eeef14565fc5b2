import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { GraftError } from '@graft/core';
import { parsePlainJson } from '@graft/node';
import * as z from 'zod';
import { extractEntry } from './extract-entry.js';
import { intoNewFolder } from './extract-zip.js';
import { shown } from './shown.js';
import { modelZipLimits, type OpenZip, openZip, type ZipEntry, type ZipLimits } from './zip-entries.js';

/** What may stand beside model.json without being named by it. */
const sideFiles = ['run.json', 'metadata.json', 'labels.json'];

/** 64 MB, as for every model.json. */
const MOST_JSON_BYTES = 64 * 2 ** 20;

const manifestSchema = z.looseObject({
  weightsManifest: z.array(z.looseObject({ paths: z.array(z.string()).max(65_536) })).nullish(),
});

/**
 * Unpacks a zip file that holds a model: model.json at its top or in one folder, the weight files that it names, and
 * run.json, metadata.json, labels.json if they are there. Nothing else is unpacked. Whether topology and weights fit
 * is not looked at: `openModel` does that.
 *
 * @param into a folder that is not there yet; nothing is left of it where this fails
 * @returns the names of the files in it
 * @throws GraftError `model/not-found`, `model/ambiguous`, `model/bad-json`, `model/bad-manifest`, `model/bad-path`,
 *   `model/too-large`; as `openZip` and `extractZip`
 *
 * @example
 * await unpackModel(spooled.path, join(scratch, 'model')); // ['model.json', 'weights.bin']
 */
export async function unpackModel(
  path: string,
  into: string,
  limits: ZipLimits = modelZipLimits,
  signal?: AbortSignal,
): Promise<string[]> {
  const zip = await openZip(path, limits, signal);
  try {
    const beside = filesBeside(zip);
    const model = beside.get('model.json') as ZipEntry;
    if (model.bytes > MOST_JSON_BYTES) {
      throw new GraftError(
        'model/too-large',
        `Expected a model.json of at most ${MOST_JSON_BYTES} bytes. Received ${model.bytes}.`,
      );
    }
    const names = ['model.json'];
    await intoNewFolder(into, async () => {
      const target = join(into, 'model.json');
      await extractEntry(zip, model, target, signal);
      names.push(...weightFiles(await readFile(target), beside));
      names.push(...sideFiles.filter((name) => beside.has(name) && !names.includes(name)));
      for (const name of names.slice(1)) {
        await extractEntry(zip, beside.get(name) as ZipEntry, join(into, name), signal);
      }
    });
    return names;
  } finally {
    await zip.close();
  }
}

/** The files in the folder of the one model.json, by name. */
function filesBeside({ files }: OpenZip): ReadonlyMap<string, ZipEntry> {
  const found = files
    .map(({ path }) => path.split('/'))
    .filter((names) => names.at(-1) === 'model.json' && names.length <= 2)
    .sort((a, b) => a.length - b.length);
  const [first, second] = found;
  if (!first) {
    throw new GraftError(
      'model/not-found',
      'Expected a zip file with a model.json at its top or in one folder. Received none.',
      {
        hint: 'Zip the directory that `graft tune` or tensorflowjs_converter wrote.',
      },
    );
  }
  if (first.length === second?.length) {
    throw new GraftError(
      'model/ambiguous',
      `Expected one model.json. Received ${found.length}, among them ${shown(first.join('/'))} and ${shown(second.join('/'))}.`,
    );
  }
  const folder = first
    .slice(0, -1)
    .map((name) => `${name}/`)
    .join('');
  return new Map(
    files
      .filter(({ path }) => path.startsWith(folder) && !path.slice(folder.length).includes('/'))
      .map((entry) => [entry.path.slice(folder.length), entry]),
  );
}

/** @throws GraftError `model/bad-json`, `model/bad-manifest`, `model/bad-path`, `model/not-found` */
function weightFiles(json: Buffer, beside: ReadonlyMap<string, ZipEntry>): string[] {
  const parsed = manifestSchema.safeParse(parsePlainJson(json.toString(), 'model.json'));
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw new GraftError(
      'model/bad-manifest',
      `Expected model.json to list its weight files. Received at ${issue?.path.join('.') || 'its top'}: ${issue?.message}.`,
    );
  }
  const names = (parsed.data.weightsManifest ?? []).flatMap(({ paths }) => paths);
  if (new Set(['model.json', ...names]).size <= names.length) {
    throw new GraftError('model/bad-manifest', 'Expected each weight file once. Received one again.');
  }
  for (const name of names) {
    if (/[/\\%:\p{Cc}]/u.test(name) || /^\.*$/.test(name)) {
      throw new GraftError(
        'model/bad-path',
        `Expected weightsManifest.paths to be plain file names beside model.json. Received ${shown(name)}.`,
      );
    }
    if (!beside.has(name)) {
      throw new GraftError(
        'model/not-found',
        `Expected the weight file ${shown(name)} beside model.json. Received none.`,
      );
    }
  }
  return names;
}
