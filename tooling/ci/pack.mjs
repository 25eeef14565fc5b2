import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageFolders } from '../workspace/packages.mjs';
import { ROOT } from './repository.mjs';

/**
 * Packs what would be published, as pnpm would publish it, into a folder.
 *
 * @param {string} destination
 * @returns {{ name: string, tarball: string }[]}
 */
export function packAll(destination) {
  return packageFolders(ROOT).flatMap((folder) => {
    const cwd = join(ROOT, folder);
    const { name, private: unpublished } = JSON.parse(readFileSync(join(cwd, 'package.json'), 'utf8'));
    if (unpublished) return [];
    const pack = ['pack', '--json', '--pack-destination', destination];
    const { filename } = JSON.parse(
      execFileSync(join(ROOT, 'node_modules/.bin/pnpm'), pack, { cwd, encoding: 'utf8' }),
    );
    return [{ name, tarball: filename }];
  });
}
