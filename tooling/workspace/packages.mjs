import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Lines like `  - packages/*` and `  - "!tooling/iconnet"`, the two forms that pnpm-workspace.yaml uses. */
const PATTERN = /^ {2}- ['"]?(!?)([\w-]+)\/([\w*-]+)['"]?$/gm;

/** Every package of the workspace as `packages/core`. */
export function packageFolders(root) {
  const patterns = [...readFileSync(join(root, 'pnpm-workspace.yaml'), 'utf8').matchAll(PATTERN)];
  const without = new Set(patterns.filter(([, not]) => not).map(([, , parent, name]) => `${parent}/${name}`));
  return patterns
    .filter(([, not, parent]) => !not && existsSync(join(root, parent)))
    .flatMap(([, , parent]) => readdirSync(join(root, parent)).map((name) => `${parent}/${name}`))
    .filter((folder) => !without.has(folder) && existsSync(join(root, folder, 'package.json')))
    .sort();
}
