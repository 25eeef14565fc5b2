import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { packageFolders } from '../workspace/packages.mjs';
import { ROOT } from './repository.mjs';

/**
 * Makes a folder look like that of a reader who has installed everything that is published: our packages, what they
 * depend on, `graft` on the PATH, and the examples of the repository.
 */
export function linkPackages(folder) {
  const modules = join(folder, 'node_modules');
  for (const path of packageFolders(ROOT).filter((path) => !path.startsWith('tooling/'))) {
    link(
      join(ROOT, path),
      join(modules, JSON.parse(readFileSync(join(ROOT, path, 'package.json'), 'utf8')).name),
    );
    for (const name of dependencies(join(ROOT, path, 'node_modules'))) {
      link(join(ROOT, path, 'node_modules', name), join(modules, name));
    }
  }
  link(join(ROOT, 'examples'), join(folder, 'examples'));
  const graft = join(modules, '.bin/graft');
  mkdirSync(dirname(graft), { recursive: true });
  writeFileSync(graft, `#!/bin/sh\nexec node '${join(ROOT, 'apps/cli/dist/main.js')}' "$@"\n`, {
    mode: 0o755,
  });
}

/** Names such as `zod` and `@tensorflow/tfjs-core`. */
function dependencies(modules) {
  if (!existsSync(modules)) return [];
  return readdirSync(modules)
    .filter((name) => !name.startsWith('.'))
    .flatMap((name) =>
      name.startsWith('@') ? readdirSync(join(modules, name)).map((child) => `${name}/${child}`) : [name],
    );
}

function link(target, path) {
  if (existsSync(path) || !existsSync(target)) return;
  mkdirSync(dirname(path), { recursive: true });
  symlinkSync(target, path);
}
