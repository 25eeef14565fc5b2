import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { packageFolders } from './packages.mjs';
import { REPORT } from './reporter.mjs';
import { turbo } from './turbo.mjs';

/**
 * Tests every package that changed, one after the other, and sums up all of them on the last line.
 * `parameters` go to turbo, for example `--filter @graft/core`.
 */
export async function test(root, parameters) {
  const reports = packageFolders(root).map((folder) => ({ folder, file: join(root, folder, REPORT) }));
  for (const { file } of reports) rmSync(file, { force: true });
  const vitest = ['--reporter=default', '--reporter=../../tooling/workspace/reporter.mjs'];
  const options = ['--continue', '--concurrency=1', '--output-logs=new-only', ...parameters, '--', ...vitest];
  const { status } = await turbo(root, ['test', ...options], { show: true });

  const total = { passed: 0, failed: [], skipped: [] };
  for (const { folder, file } of reports.filter(({ file }) => existsSync(file))) {
    const { passed, failed, skipped } = JSON.parse(readFileSync(file, 'utf8'));
    total.passed += passed;
    total.failed.push(...failed.map((name) => `${folder}/${name}`));
    total.skipped.push(...skipped.map(({ name, reason }) => `${folder}/${name}${reason && ` (${reason})`}`));
  }
  if (status !== 0 && parameters.length === 0) {
    const silent = reports.filter(({ folder, file }) => hasTests(join(root, folder)) && !existsSync(file));
    total.failed.push(...silent.map(({ folder }) => `${folder} (its tests did not start)`));
  }
  if (status !== 0 && total.failed.length === 0) total.failed.push('a task above');
  for (const name of total.skipped) console.log(`skipped: ${name}`);
  for (const name of total.failed) console.log(`failed: ${name}`);
  console.log(`${total.passed} passed, ${total.failed.length} failed, ${total.skipped.length} skipped`);
  process.exitCode = status;
}

function hasTests(folder) {
  return 'test' in (JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')).scripts ?? {});
}
