import { realpath } from 'node:fs/promises';
import { basename, dirname, join, relative, resolve, sep } from 'node:path';
import { GraftError, type RunFacts } from '@graft/core';
import { version_core } from '@tensorflow/tfjs-core';
import type { FoundModel } from './find-model.js';

/**
 * Where the model came from, and what ran.
 *
 * @param out the run's directory, which need not be there yet
 * @param surroundings the active backend, and the version of the program that runs
 */
export async function sourceFacts(
  out: string,
  { name, kind, path }: FoundModel,
  { backend, version }: { readonly backend: string; readonly version: string },
): Promise<Pick<RunFacts, 'source' | 'backend' | 'versions'>> {
  const fromRun = relative(await realPlace(out), await realpath(path))
    .split(sep)
    .join('/');
  return {
    source: { name, path: kind === 'built-in' ? null : fromRun || '.' },
    backend,
    versions: { graft: version, node: process.versions.node, tensorflowjs: version_core },
  };
}

/**
 * A run must not take the place of the model that it was made from: nothing could be verified any more.
 *
 * @throws GraftError `usage/out-is-source`
 */
export async function refuseOwnSource(out: string, { path }: FoundModel): Promise<void> {
  const [place, source] = [await realPlace(out), await realpath(path)];
  if (source !== place && dirname(source) !== place) return;
  throw new GraftError(
    'usage/out-is-source',
    `Expected the run's directory to be another directory than the model's. Received "${out}" for both.`,
    {
      hint: 'The freeze is proven against the source, which therefore has to stay.',
      details: { out },
    },
  );
}

/** The real path of something whose last parts may not be there yet. */
async function realPlace(path: string): Promise<string> {
  const absolute = resolve(path);
  const real = await realpath(absolute).catch(() => null);
  if (real !== null || dirname(absolute) === absolute) return real ?? absolute;
  return join(await realPlace(dirname(absolute)), basename(absolute));
}
