import { realpath } from 'node:fs/promises';
import { dirname, isAbsolute, join, relative, win32 } from 'node:path';
import { GraftError } from '@graft/core';
import { listSome } from './list-some.js';

/**
 * Resolves the names in a table's `file` column, which are relative to the table's folder and must stay in it.
 * Files that are not there come back too: opening them tells.
 *
 * @throws GraftError `data/outside-folder` for absolute names, `..` and links that lead out
 */
export async function resolveTableFiles(
  table: string,
  names: readonly string[],
  lines: readonly number[],
  signal?: AbortSignal,
): Promise<string[]> {
  const folder = dirname(table);
  const realFolder = await realpath(folder);
  const outside: string[] = [];
  const paths: string[] = [];
  const resolved = new Map<string, boolean>();
  for (const [row, name] of names.entries()) {
    signal?.throwIfAborted();
    let inside = resolved.get(name);
    if (inside === undefined) {
      inside = await staysInside(folder, realFolder, name);
      resolved.set(name, inside);
    }
    if (!inside) outside.push(`line ${lines[row]}: "${name}"`);
    paths.push(join(folder, name));
  }
  if (outside.length) {
    throw new GraftError(
      'data/outside-folder',
      `Expected files in the folder of "${table}". Received names that lead out of it: ${listSome(outside)}.`,
      {
        hint: 'Put the pictures below the table and name them relative to it.',
        details: { files: outside.slice(0, 1000) },
      },
    );
  }
  return paths;
}

async function staysInside(folder: string, realFolder: string, name: string): Promise<boolean> {
  if (isAbsolute(name) || win32.isAbsolute(name) || name.includes('\0')) return false;
  const within = (path: string) =>
    !(path === '..' || path.startsWith('../') || path.startsWith('..\\') || isAbsolute(path));
  if (!within(relative(folder, join(folder, name)))) return false;
  const real = await realpath(join(folder, name)).catch(() => null);
  return real === null || within(relative(realFolder, real));
}
