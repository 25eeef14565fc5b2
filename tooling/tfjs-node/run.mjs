import { execFileSync } from 'node:child_process';

/** Something that the person who builds can do something about: only its message is shown. */
export class BuildError extends Error {}

/** Runs a program quietly; its failure becomes a sentence with what was expected and what to try. */
export function run(command, parameters, expected, advice, cwd) {
  try {
    execFileSync(command, parameters, { cwd, stdio: ['ignore', 'ignore', 'pipe'] });
  } catch (error) {
    const received =
      error.code === 'ENOENT' ? `no ${command} on the PATH` : `${error.stderr ?? error}`.trim();
    throw new BuildError(`Expected ${expected}. Received: ${received}\n${advice}`);
  }
}
