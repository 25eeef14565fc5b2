import { execFileSync } from 'node:child_process';
import { onTestFinished, type TestContext } from 'vitest';
import { tempFolder } from './temp-folder.js';

/** A folder that is a disk of 2 MB; skips the test where we have no right to mount one. */
export async function smallDisk(context: TestContext): Promise<string> {
  const folder = await tempFolder();
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=2m', 'graft-test', folder], { stdio: 'ignore' });
  } catch {
    return context.skip('needs the right to mount a small disk');
  }
  onTestFinished(() => void execFileSync('umount', ['--lazy', folder]));
  return folder;
}
