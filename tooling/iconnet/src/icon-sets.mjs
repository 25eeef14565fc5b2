import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

const PERMISSIVE = new Set(['MIT', 'Apache-2.0', 'ISC', 'CC0-1.0']);
const folder = new URL('../.cache/icons/', import.meta.url);

/** Pinned sets: `{ set, group, version, license, title, author, source }`; a group shares one designer's glyphs. */
export const iconSets = JSON.parse(await readFile(new URL('../icon-sets.json', import.meta.url), 'utf8'));

/** Puts the pinned sets into the git-ignored folder `.cache/icons/`, outside the workspace, unless they are there. */
export async function installIconSets() {
  const dependencies = Object.fromEntries(
    iconSets.map(({ set, version }) => [`@iconify-json/${set}`, version]),
  );
  const manifest = `${JSON.stringify({ private: true, dependencies }, null, 2)}\n`;
  const manifestFile = new URL('package.json', folder);
  const complete = new URL('complete', folder);
  if (existsSync(complete) && (await readFile(manifestFile, 'utf8')) === manifest) return;
  await mkdir(folder, { recursive: true });
  await writeFile(manifestFile, manifest);
  execFileSync('npm', ['install', '--ignore-scripts', '--no-audit', '--no-fund', '--no-package-lock'], {
    cwd: fileURLToPath(folder),
    stdio: 'inherit',
  });
  await writeFile(complete, '');
}

/**
 * One set's icons by name: `{ body, left, top, width, height }`, a missing measure taken from the set.
 *
 * Refuses a set whose own licence is not the one that icon-sets.json states, or not a permissive one.
 */
export async function readIconSet({ set, license }) {
  const read = async (file) =>
    JSON.parse(await readFile(new URL(`node_modules/@iconify-json/${set}/${file}`, folder), 'utf8'));
  const [info, data] = await Promise.all([read('info.json'), read('icons.json')]);
  if (info.license.spdx !== license || !PERMISSIVE.has(license)) {
    throw new Error(
      `Expected ${set} under ${license}, one of ${[...PERMISSIVE].join(', ')}. Received ${info.license.spdx}. ` +
        'Try another version of the set, or take it out of icon-sets.json.',
    );
  }
  const { left = 0, top = 0, width = 16, height = 16 } = data;
  return Object.entries(data.icons).map(([name, icon]) => ({ name, left, top, width, height, ...icon }));
}
