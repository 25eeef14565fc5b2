import { execFileSync } from 'node:child_process';
import { lstatSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = join(dirname(fileURLToPath(import.meta.url)), '../..');

/** The files that are in the repository or would be with the next commit, relative to its top. */
export function repositoryFiles() {
  const list = ['ls-files', '-z', '--cached', '--others', '--exclude-standard'];
  const names = execFileSync('git', list, { cwd: ROOT, encoding: 'utf8', maxBuffer: 1e8 });
  return names.split('\0').filter((name) => name && lstatSync(join(ROOT, name), { throwIfNoEntry: false }));
}

/** Prints the findings, if any, and ends the program as a check should end. */
export function conclude(findings, praise) {
  for (const finding of findings) console.error(finding);
  if (findings.length === 0) console.log(praise);
  process.exitCode = findings.length === 0 ? 0 : 1;
}
