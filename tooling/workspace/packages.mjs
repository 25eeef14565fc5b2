import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

/** Every package of the workspace as `packages/core`, in the folders that pnpm-workspace.yaml names. */
export function packageFolders(root) {
  return ['packages', 'apps', 'tooling', 'examples']
    .filter((parent) => existsSync(join(root, parent)))
    .flatMap((parent) => readdirSync(join(root, parent)).map((name) => `${parent}/${name}`))
    .filter((folder) => existsSync(join(root, folder, 'package.json')))
    .sort();
}
