import { accessSync, constants, existsSync } from 'node:fs';
import { join } from 'node:path';

/** Ends the command with its message and no stack: the reader has something to do, not something to debug. */
export class SetupError extends Error {
  constructor(message, exitCode = 1) {
    super(message);
    this.exitCode = exitCode;
  }
}

/** `version` like 20.19.0; `range` like `^20.19.0 || >=22.13.0`, the two forms that package.json uses. */
export function checkNode(version, range) {
  if (range.split('||').some((part) => accepts(part.trim(), version))) return;
  throw new SetupError(
    `Expected Node.js ${range}. Received ${version}. ` +
      'Try installing the current LTS release, or `npx -y node@20 tooling/workspace/run.mjs start`.',
  );
}

function accepts(part, version) {
  const wanted = part
    .replace(/^(\^|>=)/, '')
    .split('.')
    .map(Number);
  const found = version.split('.').map(Number);
  if (part.startsWith('^') && found[0] !== wanted[0]) return false;
  const place = found.findIndex((number, index) => number !== wanted[index]);
  return place === -1 || found[place] > wanted[place];
}

export function checkWritable(root) {
  for (const folder of [root, join(root, 'node_modules')]) {
    if (!existsSync(folder)) continue;
    try {
      accessSync(folder, constants.W_OK);
    } catch (error) {
      throw new SetupError(
        `Expected a checkout that can be written, for dependencies and build output. Received ${error.code} for ${folder}. ` +
          'Try copying the checkout to a folder of your own.',
      );
    }
  }
}
